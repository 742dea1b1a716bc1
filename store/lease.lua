-- Takes a lease that no other holds, renews it or frees it.
-- KEYS: the lease. ARGV: who holds it, milliseconds to live or 0 to free it.
-- Returns '', or who else holds it.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
	return holder
end
if ARGV[2] == '0' then
	redis.call('DEL', KEYS[1])
else
	redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return ''
