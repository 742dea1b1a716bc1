-- Writes what a calendar closes.
-- ARGV: from [3] on, see lib.lua: the calendar's address, what it closes.
-- Returns 1, or 0 if it closes what it did before.
if redis.call('HGET', key('calendars'), ARGV[3]) == ARGV[4] then
	return 0
end
mark()
redis.call('HSET', key('calendars'), ARGV[3], ARGV[4])
bump()
return 1
