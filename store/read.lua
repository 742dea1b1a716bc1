-- Reads pages of a tree of the index that follow each other.
-- KEYS: the tree.
-- ARGV: 1 to go up or -1 to go down; where to begin: '' for the first, a key
--       whose page is the first, or, going down, '(' and a key below which it
--       lies; how many pages at the most.
-- Returns where the next page begins, '' if there is none, and the texts.
local tree, from, n = KEYS[1], ARGV[2], tonumber(ARGV[3])
local lows
if ARGV[1] == '1' then
	local low = from ~= '' and redis.call('ZREVRANGEBYLEX', tree, '[' .. from, '-', 'LIMIT', 0, 1)[1]
	if low then
		lows = redis.call('ZRANGEBYLEX', tree, '[' .. low, '+', 'LIMIT', 0, n + 1)
	else
		lows = redis.call('ZRANGE', tree, 0, n)
	end
elseif from == '' then
	lows = redis.call('ZREVRANGE', tree, 0, n)
else
	local below = from:sub(1, 1) == '('
	lows = redis.call('ZREVRANGEBYLEX', tree, below and from or '[' .. from, '-', 'LIMIT', 0, n + 1)
	if #lows == 0 and not below then
		lows = redis.call('ZRANGE', tree, 0, 0)
	end
end
local following = ''
if #lows > n then
	following = ARGV[1] == '1' and lows[n + 1] or '(' .. lows[n]
	lows[n + 1] = nil
end
if #lows == 0 then
	return {'', {}}
end
local keys = {}
for i, low in ipairs(lows) do
	keys[i] = tree .. ':' .. low
end
return {following, redis.call('MGET', unpack(keys))}
