-- Removes one entry.
-- KEYS: the entry; for a prefix also the set of prefixes and the policy's version.
-- ARGV: the rule.
-- Returns the entry's milliseconds to live, as PTTL tells them, and its fields.
local flat = redis.call('HGETALL', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
local gone = redis.call('DEL', KEYS[1])
if KEYS[2] and redis.call('SREM', KEYS[2], ARGV[1]) + gone > 0 then
	redis.call('INCR', KEYS[3])
end
return {left, flat}
