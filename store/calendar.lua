-- Keeps what a calendar closes.
-- KEYS: calendars, version. ARGV: the calendar's address, what it closes.
-- Returns 1, or 0 if it closes what it did before.
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
	return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('INCR', KEYS[2])
return 1
