-- Counts calls that an entry decided, unless it has gone in the meantime.
-- KEYS: the entry. ARGV: how many calls, the time of the last in Unix seconds.
if redis.call('EXISTS', KEYS[1]) == 0 then
	return 0
end
local last = tonumber(redis.call('HGET', KEYS[1], 'last_hit') or '0') or 0
redis.call('HINCRBY', KEYS[1], 'hits', ARGV[1])
if tonumber(ARGV[2]) > last then
	redis.call('HSET', KEYS[1], 'last_hit', ARGV[2])
end
return 1
