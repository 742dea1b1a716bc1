-- Writes the ID of the last event that a sink has delivered, unless a later one
-- is written already.
-- KEYS: the cursor.
-- ARGV: the ID.
-- Returns 1 if it was written, 0 if not.
local function parts(id)
	local ms, n = string.match(id, '^(%d+)-(%d+)$')
	return tonumber(ms) or -1, tonumber(n) or -1
end
local ms, n = parts(redis.call('GET', KEYS[1]) or '')
local newMs, newN = parts(ARGV[1])
if newMs > ms or (newMs == ms and newN > n) then
	redis.call('SET', KEYS[1], ARGV[1])
	return 1
end
return 0
