-- Takes it upon us to tell of an entry that a rate rule has made, or says that
-- all is told.
-- KEYS: the entry, who tells of it.
-- ARGV: our instance, which has it to itself if it has made the entry; who of
--       it we are; how many milliseconds we have for it; 1 once all is told.
-- Returns the entry's fields and milliseconds to live; 0 if there is nothing to
--         tell, 1 if another tells of it.
if redis.call('HEXISTS', KEYS[1], 'untold') == 0 then
	return 0
end
local teller = redis.call('GET', KEYS[2])
if ARGV[4] == '1' then
	if teller ~= ARGV[2] then
		return 1
	end
	redis.call('HDEL', KEYS[1], 'untold')
	redis.call('DEL', KEYS[2])
	return 0
end
if teller and teller ~= ARGV[1] then
	return 1
end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return {redis.call('HGETALL', KEYS[1]), redis.call('PTTL', KEYS[1])}
