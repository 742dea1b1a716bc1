-- Changes settings or working time, if they still are what they were when they
-- were read.
-- ARGV: settings or hours; for each its name, old and new text, '' being none or
--       the default. Returns 1, or 0 if another was faster.
local hash = key(ARGV[3])
for i = 4, #ARGV, 3 do
	if (redis.call('HGET', hash, ARGV[i]) or '') ~= ARGV[i + 1] then
		return 0
	end
end
mark()
for i = 4, #ARGV, 3 do
	if ARGV[i + 2] == '' then
		redis.call('HDEL', hash, ARGV[i])
	else
		redis.call('HSET', hash, ARGV[i], ARGV[i + 2])
	end
end
bump()
return 1
