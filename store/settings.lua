-- Changes settings or working time, if they still are what they were when they
-- were read.
-- KEYS: what is changed, version. ARGV: for each its name, old and new text, ''
-- being none or the default. Returns 1, or 0 if another was faster.
for i = 1, #ARGV, 3 do
	if (redis.call('HGET', KEYS[1], ARGV[i]) or '') ~= ARGV[i + 1] then
		return 0
	end
end
for i = 1, #ARGV, 3 do
	if ARGV[i + 2] == '' then
		redis.call('HDEL', KEYS[1], ARGV[i])
	else
		redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2])
	end
end
redis.call('INCR', KEYS[2])
return 1
