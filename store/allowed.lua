-- Adds rules to those of allowed numbers, or removes them.
-- KEYS: the allowed rules, the policy's version.
-- ARGV: ZADD or ZREM, the rules.
local changed = 0
for i = 2, #ARGV do
	if ARGV[1] == 'ZADD' then
		changed = changed + redis.call('ZADD', KEYS[1], 0, ARGV[i])
	else
		changed = changed + redis.call('ZREM', KEYS[1], ARGV[i])
	end
end
if changed > 0 then
	redis.call('INCR', KEYS[2])
end
return changed
