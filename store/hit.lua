-- Counts calls that an entry decided, unless it has gone in the meantime.
-- KEYS: the entry. ARGV: how many calls, the time of the last in Unix seconds.
-- Returns its hits and its last hit, nothing if it has gone.
if redis.call('EXISTS', KEYS[1]) == 0 then
	return {}
end
local last = tonumber(redis.call('HGET', KEYS[1], 'last_hit') or '0') or 0
local hits = redis.call('HINCRBY', KEYS[1], 'hits', ARGV[1])
if tonumber(ARGV[2]) > last then
	last = tonumber(ARGV[2])
	redis.call('HSET', KEYS[1], 'last_hit', ARGV[2])
end
return {hits, last}
