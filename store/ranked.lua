-- Reads rules by their scores, the highest first, of the same score the
-- highest text first.
-- KEYS: the sorted set.
-- ARGV: how many; then, if not from the beginning, the score and the rule after
--       which to begin, which need not be there any more.
-- Returns rules and scores.
local first = 0

-- less compares bytes: what Lua does itself depends on the server's locale.
local function less(a, b)
	for i = 1, math.min(#a, #b) do
		local x, y = a:byte(i), b:byte(i)
		if x ~= y then
			return x < y
		end
	end
	return #a < #b
end

if ARGV[2] then
	first = redis.call('ZCOUNT', KEYS[1], '(' .. ARGV[2], '+inf')
	local beyond = first + redis.call('ZCOUNT', KEYS[1], ARGV[2], ARGV[2])
	while first < beyond do
		local middle = math.floor((first + beyond) / 2)
		if less(redis.call('ZREVRANGE', KEYS[1], middle, middle)[1], ARGV[3]) then
			beyond = middle
		else
			first = middle + 1
		end
	end
end
return redis.call('ZREVRANGE', KEYS[1], first, first + ARGV[1] - 1, 'WITHSCORES')
