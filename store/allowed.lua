-- Adds rules to those of allowed numbers, and removes others.
-- KEYS: the allowed rules, the policy's version.
-- ARGV: how many rules to add, those, the rules to remove.
local changed = 0
for i = 2, #ARGV do
	if i <= ARGV[1] + 1 then
		changed = changed + redis.call('ZADD', KEYS[1], 0, ARGV[i])
	else
		changed = changed + redis.call('ZREM', KEYS[1], ARGV[i])
	end
end
if changed > 0 then
	redis.call('INCR', KEYS[2])
end
return changed
