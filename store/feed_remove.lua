-- Ends a feed.
-- KEYS: the names of all feeds, the feed, its state. ARGV: its name.
-- Returns 1, or 0 if there is none.
if redis.call('HLEN', KEYS[2]) == 0 then
	return 0
end
redis.call('DEL', KEYS[2], KEYS[3])
redis.call('SREM', KEYS[1], ARGV[1])
return 1
