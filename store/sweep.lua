-- Takes entries off the list that have ended.
-- ARGV: [3], see lib.lua: how many at most.
-- Returns how many it has dealt with.
local now = clock()
local ended = redis.call('ZRANGEBYSCORE', key('expires'), '-inf', string.format('%.0f', math.floor(now)), 'LIMIT', 0, ARGV[3])
if #ended == 0 then
	return 0
end
sound()
for _, rule in ipairs(ended) do
	local there = lines(rule)
	local line, kind = live(there, now)
	change(rule, there, line, kind ~= nil)
end
write()
return #ended
