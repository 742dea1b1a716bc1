-- Writes what became of a feed, if it still is the same.
-- KEYS: the feed, its state. ARGV: the feed's revision, the state's fields and
--       their values.
-- Returns 1, or 0 if the feed has been removed or replaced.
if redis.call('HGET', KEYS[1], 'revision') ~= ARGV[1] then
	return 0
end
redis.call('DEL', KEYS[2])
if ARGV[2] then
	redis.call('HSET', KEYS[2], unpack(ARGV, 2))
end
return 1
