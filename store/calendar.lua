-- Writes what a calendar closes, and records it.
-- ARGV: [1] and [2] as in lib.lua;
--       [3] the calendar's address; [4] what it closes;
--       [5] 1 to record the event even if it closes what it did before;
--       from [6] on the fields of the event of the audit log.
-- Returns 1, or 0 if it closes what it did before.
local same = redis.call('HGET', key('calendars'), ARGV[3]) == ARGV[4]
if same and ARGV[5] ~= '1' then
	return 0
end
-- A key that holds something else is found before anything is written.
redis.call('XLEN', key('audit'))
redis.call('GET', key('version'))

mark()
if not same then
	redis.call('HSET', key('calendars'), ARGV[3], ARGV[4])
	bump()
end
record({unpack(ARGV, 6)})
return same and 0 or 1
