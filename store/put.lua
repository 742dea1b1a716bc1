-- Writes one entry whole, or finds that it is there already.
-- KEYS: the entry; for a prefix also the set of prefixes and the policy's version.
-- ARGV: the rule, milliseconds to live (0: for ever), kind, action, reason,
--       source, author, created, hits, last hit; what is empty or zero is ''.
-- Returns whether the entry changed (1 or 0), and how it was before: its
-- milliseconds to live, as PTTL tells them, and its fields.
local flat = redis.call('HGETALL', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
local live = tonumber(ARGV[2])

local before = {}
for i = 1, #flat, 2 do
	before[flat[i]] = flat[i + 1]
end

local own = {'kind', 'action', 'reason', 'source', 'author'}
local same = #flat > 0
for i, name in ipairs(own) do
	same = same and (before[name] or '') == ARGV[i + 2]
end
if live == 0 then
	same = same and left == -1
else
	same = same and left >= 0 and math.abs(live - left) < 1000
end

if not same then
	local fields = {}
	local function set(name, value)
		if value and value ~= '' then
			fields[#fields + 1] = name
			fields[#fields + 1] = value
		end
	end
	for i, name in ipairs(own) do
		set(name, ARGV[i + 2])
	end
	-- An entry of the other kind is another entry: it has not decided any call.
	local kept = before['kind'] == ARGV[3]
	for i, name in ipairs({'created', 'hits', 'last_hit'}) do
		if kept then
			set(name, before[name])
		else
			set(name, ARGV[i + 7])
		end
	end
	redis.call('DEL', KEYS[1])
	redis.call('HSET', KEYS[1], unpack(fields))
	if live > 0 then
		redis.call('PEXPIRE', KEYS[1], ARGV[2])
	end
end

if KEYS[2] then
	local joined = redis.call('SADD', KEYS[2], ARGV[1])
	if joined == 1 or not same then
		redis.call('INCR', KEYS[3])
	end
end
return {same and 0 or 1, left, flat}
