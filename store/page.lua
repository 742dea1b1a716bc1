-- Reads a page of the index, the newest first.
-- KEYS: the index.
-- ARGV: how many, where to begin if no anchor is left, the anchors: members of
--       the page before, the last first. The page begins after the first one
--       that is still there, so it stays right while others come and go.
local first = tonumber(ARGV[2])
for i = 3, #ARGV do
	local rank = redis.call('ZREVRANK', KEYS[1], ARGV[i])
	if rank then
		first = rank + 1
		break
	end
end
return redis.call('ZREVRANGE', KEYS[1], first, first + tonumber(ARGV[1]) - 1)
