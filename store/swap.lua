-- Carries out edits, each whole or not at all.
-- KEYS: after the first, the entries; if they are prefixes, then the set of them.
-- ARGV: how many entries; for each its rule, what it must be and what it shall
--       be: '' is nothing, else milliseconds to live (0: for ever), kind,
--       action, reason, source and author, of the latter also created, hits
--       and last hit; what is empty or zero is ''.
-- Returns for each 1 if it has been done now, 2 if it was as it shall be
--         already, 0 if it was something else.
local names = {'kind', 'action', 'reason', 'source', 'author', 'created', 'hits', 'last_hit'}

local function read(key)
	local flat, hash = redis.call('HGETALL', key), {}
	for i = 1, #flat, 2 do
		hash[flat[i]] = flat[i + 1]
	end
	-- One that somebody has damaged by hand is none.
	return (hash.kind == 'block' or hash.kind == 'allow') and hash or nil
end

-- says reports whether an entry is what ARGV says from the given place on.
local function says(key, hash, at)
	if ARGV[at] == '' or not hash then
		return ARGV[at] == '' and not hash
	end
	for i = 1, 5 do
		if (hash[names[i]] or '') ~= ARGV[at + i] then
			return false
		end
	end
	local live, left = tonumber(ARGV[at]), redis.call('PTTL', key)
	if live == 0 then
		return left == -1
	end
	return left >= 0 and math.abs(live - left) < 1000
end

local function write(key, hash, at)
	-- An entry of the other kind is another entry: it has not decided any call.
	local kept = hash and hash.kind == ARGV[at + 1]
	local fields, n = {}, 0
	for i = 1, 8 do
		local value = ARGV[at + i]
		if kept and i > 6 then
			value = hash[names[i]] or ''
		end
		if value ~= '' then
			fields[n + 1], fields[n + 2], n = names[i], value, n + 2
		end
	end
	redis.call('HSET', key, unpack(fields))
	if ARGV[at] ~= '0' then
		redis.call('PEXPIRE', key, ARGV[at])
	end
end

local entries = tonumber(ARGV[3])
local prefixes, changes = KEYS[entries + 2], 0
local done, at = {}, 4
for i = 1, entries do
	local key, rule, before = KEYS[i + 1], ARGV[at], at + 1
	local after = before + (ARGV[before] == '' and 1 or 6)
	at = after + (ARGV[after] == '' and 1 or 9)

	local there = redis.call('EXISTS', key) == 1
	local hash = there and read(key) or nil
	local due = says(key, hash, before)
	done[i] = due and 1 or says(key, hash, after) and 2 or 0
	if due then
		if there then
			redis.call('DEL', key)
			changes = changes + 1
		end
		if ARGV[after] ~= '' then
			write(key, hash, after)
			changes = changes + 1
		end
	end
	if prefixes and done[i] > 0 then
		changes = changes + redis.call(ARGV[after] == '' and 'SREM' or 'SADD', prefixes, rule)
	end
end
if prefixes and changes > 0 then
	bump()
end
return done
