-- Reads rules by their scores, and those of the same score by their texts.
-- KEYS: the sorted set.
-- ARGV: up or down; how many; then, if not from the beginning, the score and the
--       rule after which to begin, which need not be there any more.
-- Returns rules and scores.
local down, first = ARGV[1] == 'down', 0
local range, count = down and 'ZREVRANGE' or 'ZRANGE', tonumber(ARGV[2])

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

if ARGV[3] then
	if down then
		first = redis.call('ZCOUNT', KEYS[1], '(' .. ARGV[3], '+inf')
	else
		first = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. ARGV[3])
	end
	local beyond = first + redis.call('ZCOUNT', KEYS[1], ARGV[3], ARGV[3])
	while first < beyond do
		local middle = math.floor((first + beyond) / 2)
		local rule = redis.call(range, KEYS[1], middle, middle)[1]
		local behind = less(ARGV[4], rule)
		if down then
			behind = less(rule, ARGV[4])
		end
		if behind then
			beyond = middle
		else
			first = middle + 1
		end
	end
end
return redis.call(range, KEYS[1], first, first + count - 1, 'WITHSCORES')
