-- Takes a lease that nobody holds, or keeps one that is held already.
-- KEYS: the lease. ARGV: who holds it, milliseconds to live.
-- Returns '', or who else holds it.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
	return holder
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ''
