-- Gives a lease back, unless another holds it by now.
-- KEYS: the lease. ARGV: who held it.
if redis.call('GET', KEYS[1]) == ARGV[1] then
	redis.call('DEL', KEYS[1])
end
return ''
