-- Counts a call by rate rules, unless an entry decides about it, and lists the
-- caller of whom one of the rules has found enough calls.
-- KEYS: the caller's general entry, the one for the dialled number (the general
--       one again if that is not known), the strikes, who tells of a listing;
--       then the windows that the rules count in.
-- ARGV: the call, its time in milliseconds, how far clocks may differ in
--       milliseconds, 1 if the caller is to be listed, the source of the entry,
--       the dialled number, who we are, how long we have to tell and how long
--       strikes are kept in milliseconds, how many windows; for each of them the
--       milliseconds and the calls that it keeps; for each rule: the number of
--       its window, its calls, its span in milliseconds, 1 or 2 for the entry
--       that it makes, the reason, and the milliseconds that this lives after
--       the first, the second and each later strike (0: for ever).
-- Returns the fields of both entries as they were, the count of each rule, no
--         higher than its calls (1 if that is what all have counted, 0 if the
--         call was not counted), the number of the rule that has listed the caller (0 if none has), the
--         milliseconds that the entry lives.
--
-- A window is a text of lines, "MILLISECONDS CALL", the oldest first: the least
-- that Redis has to do for a caller who waits.
local general, scoped = redis.call('HGETALL', KEYS[1]), {}
if KEYS[2] ~= KEYS[1] then
	scoped = redis.call('HGETALL', KEYS[2])
end

-- Most callers are on no list and have not called for long: they are counted
-- here, and no rule is found by its first call.
local call, now, skew = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local windows, mark, again = tonumber(ARGV[10]), ARGV[2] .. ' ' .. call .. '\n', false
local unlisted = #general == 0 and #scoped == 0
if unlisted then
	for w = 1, windows do
		if not redis.call('SET', KEYS[4 + w], mark, 'NX', 'PX', ARGV[9 + 2 * w] + skew) then
			again = true
		end
	end
	if not again then
		return {general, scoped, 1, 0, 0}
	end
end

local function decides(hash)
	for i = 1, #hash, 2 do
		if hash[i] == 'kind' then
			return hash[i + 1] == 'block' or hash[i + 1] == 'allow'
		end
	end
	return false
end

if decides(general) or decides(scoped) then
	return {general, scoped, 0, 0, 0}
end

-- add adds the call to a window, unless it is there, and returns the times of
-- all calls in it, the oldest first, and the time by which this one counts: that
-- of the newest call before it, if its own clock is behind.
local function add(key, keep, most)
	local times, lines, at = {}, {}, now
	for line, time, id in string.gmatch(redis.call('GET', key) or '', '((%d+) ([^\n]*)\n)') do
		time = tonumber(time)
		if time <= now + skew then
			times[#times + 1], at = time, math.max(at, time)
			lines[#lines + 1] = {line, id}
		end
	end
	local first, known = 1, false
	while times[first] and times[first] < at - keep do
		first = first + 1
	end
	local kept, text = {}, {}
	for i = first, #times do
		kept[#kept + 1], text[#text + 1] = times[i], lines[i][1]
		known = known or lines[i][2] == call
	end
	if not known then
		kept[#kept + 1], text[#text + 1] = at, string.format('%d %s\n', at, call)
	end
	while #kept > most do
		table.remove(kept, 1)
		table.remove(text, 1)
	end
	redis.call('SET', key, table.concat(text), 'PX', keep + skew)
	return kept, at
end

local times, at = {}, {}
for w = 1, windows do
	times[w], at[w] = add(KEYS[4 + w], tonumber(ARGV[9 + 2 * w]), tonumber(ARGV[10 + 2 * w]))
end

local counts, tripped, first = {}, 0, 11 + 2 * windows
for i = first, #ARGV, 8 do
	local w, calls = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
	local n, from = 0, at[w] - ARGV[i + 2]
	for k = #times[w], 1, -1 do
		if n == calls or times[w][k] < from then
			break
		end
		n = n + 1
	end
	counts[#counts + 1] = n
	if tripped == 0 and n == calls then
		tripped = #counts
	end
end
if tripped == 0 or ARGV[4] ~= '1' then
	return {general, scoped, counts, 0, 0}
end

local rule = first + 8 * (tripped - 1)
local key = KEYS[tonumber(ARGV[rule + 3])]
local strike = redis.call('INCR', KEYS[3])
local life = tonumber(ARGV[rule + 4 + math.min(strike, 3)])
redis.call('PEXPIRE', KEYS[3], ARGV[9] + life)
redis.call('DEL', key)
for w = 1, windows do
	-- Counting begins anew. What was counted is kept for a while, should the
	-- listing be withdrawn.
	redis.call('RENAME', KEYS[4 + w], KEYS[4 + w] .. ':listed')
end
redis.call('HSET', key, 'kind', 'block', 'reason', ARGV[rule + 4], 'source', ARGV[5],
	'created', math.floor(now / 1000), 'untold', call .. ' ' .. strike .. ' ' .. ARGV[6])
if life > 0 then
	redis.call('PEXPIRE', key, life)
end
redis.call('SET', KEYS[4], ARGV[7], 'PX', ARGV[8])
return {general, scoped, counts, tripped, life}
