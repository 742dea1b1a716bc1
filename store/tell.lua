-- Takes it upon us to tell of an entry that a rate rule has made, or says that
-- all is told.
-- KEYS: the entry, who tells of it.
-- ARGV: who we are, how many milliseconds we have for it, 1 once all is told.
-- Returns the entry's fields and milliseconds to live; nothing if there is
--         nothing to tell, or another does.
if redis.call('HEXISTS', KEYS[1], 'untold') == 0 then
	return {}
end
local teller = redis.call('GET', KEYS[2])
if teller and teller ~= ARGV[1] then
	return {}
end
if ARGV[3] == '1' then
	redis.call('HDEL', KEYS[1], 'untold')
	redis.call('DEL', KEYS[2])
	return {}
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {redis.call('HGETALL', KEYS[1]), redis.call('PTTL', KEYS[1])}
