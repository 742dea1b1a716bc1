-- Writes a feed anew, without what became of an earlier one of its name.
-- KEYS: the names of all feeds, the feed, its state. ARGV: its name, whether
--       one that exists is replaced (1 or 0), its fields and their values.
-- Returns 1, 2 if it replaced one, or 0 if there is one already.
local there = redis.call('HLEN', KEYS[2]) > 0
if there and ARGV[2] == '0' then
	return 0
end
redis.call('DEL', KEYS[2], KEYS[3])
redis.call('HSET', KEYS[2], unpack(ARGV, 3))
redis.call('SADD', KEYS[1], ARGV[1])
return there and 2 or 1
