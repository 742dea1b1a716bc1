-- Writes the state of a feed, if that still is the same.
-- ARGV: from [3] on, see lib.lua: the feed's name, its revision, the state's fields
--       and their values.
-- Returns 1, or 0 if the feed has been removed or replaced.
local feed = key('feed:' .. ARGV[3])
if redis.call('HGET', feed, 'revision') ~= ARGV[4] then
	return 0
end
redis.call('DEL', feed .. ':state')
if ARGV[5] then
	redis.call('HSET', feed .. ':state', unpack(ARGV, 5))
end
return 1
