-- Adds rules to those of allowed numbers, and removes others.
-- ARGV: how many rules to add, those, the rules to remove.
local changed = 0
for i = 4, #ARGV do
	if i <= ARGV[3] + 3 then
		changed = changed + redis.call('ZADD', key('allowed'), 0, ARGV[i])
	else
		changed = changed + redis.call('ZREM', key('allowed'), ARGV[i])
	end
end
if changed > 0 then
	bump()
end
return changed
