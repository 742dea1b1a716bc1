-- Takes entries off the list that have ended.
-- ARGV: from [3] on, see lib.lua: the time in Unix seconds, how many at most.
-- Returns how many it has dealt with.
local now = tonumber(ARGV[3])
local ended = redis.call('ZRANGEBYSCORE', key('expires'), '-inf', ARGV[3], 'LIMIT', 0, ARGV[4])
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
