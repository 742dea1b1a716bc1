-- Counts a call by rate rules, unless an entry decides about it, and lists the
-- caller of whom one of the rules has found enough calls.
-- KEYS: the caller's general entry, the one for the dialled number (the general
--       one again if that is not known), the strikes, who tells of a listing, the
--       set of the windows for dialled numbers; then the windows that the rules
--       count in.
-- ARGV: the call, its time in milliseconds, the dialled number, 1 if the caller
--       is to be listed, who we are, the rules as JSON (see countPlan); then for
--       each window the milliseconds that it lives.
-- Returns 0 if that is the caller's first call in each of the windows; else the
--         fields of both entries as they were, the count of each rule, no higher
--         than its calls (nothing if an entry decides, and the call was not
--         counted), the number of the rule that has listed the caller (0 if none
--         has), the milliseconds that the entry lives.
--
-- A window is a text of lines, "MILLISECONDS CALL", the oldest first: the least
-- that Redis has to do for a caller who waits.
local call, now, mark = ARGV[1], tonumber(ARGV[2]), ARGV[2] .. ' ' .. ARGV[1] .. '\n'

-- remember notes a window for a dialled number, for whoever is to forget all
-- windows of the caller. It is kept for longer than any window is.
local function remember(w)
	if string.find(KEYS[w], ':to:', 1, true) then
		redis.call('SADD', KEYS[5], KEYS[w])
		redis.call('PEXPIRE', KEYS[5], 691200000)
	end
end

-- Most callers are on no list and have not called for long: they are counted
-- here, and no rule is found by its first call.
if redis.call('EXISTS', KEYS[1], KEYS[2]) == 0 then
	local again = false
	for w = 6, #KEYS do
		again = not redis.call('SET', KEYS[w], mark, 'NX', 'PX', ARGV[1 + w]) or again
		remember(w)
	end
	if not again then
		return 0
	end
end

local general, scoped = redis.call('HGETALL', KEYS[1]), {}
if KEYS[2] ~= KEYS[1] then
	scoped = redis.call('HGETALL', KEYS[2])
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
	return {general, scoped, {}, 0, 0}
end

local plan = cjson.decode(ARGV[6])

-- add adds the call to a window, unless it is there, and returns the times of
-- all calls in it, the oldest first, and the time by which this one counts: that
-- of the newest call before it, if its own clock is behind.
local function add(key, window, life)
	local times, lines, at = {}, {}, now
	for line, time, id in string.gmatch(redis.call('GET', key) or '', '((%d+) ([^\n]*)\n)') do
		time = tonumber(time)
		if time <= now + plan.skew then
			times[#times + 1], at = time, math.max(at, time)
			lines[#lines + 1] = {line, id}
		end
	end
	local first, known = 1, false
	while times[first] and times[first] < at - window.keep do
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
	while #kept > window.calls do
		table.remove(kept, 1)
		table.remove(text, 1)
	end
	redis.call('SET', key, table.concat(text), 'PX', life)
	return kept, at
end

local times, at = {}, {}
for w, window in ipairs(plan.windows) do
	times[w], at[w] = add(KEYS[5 + w], window, ARGV[6 + w])
	remember(5 + w)
end

local counts, tripped = {}, 0
for i, rule in ipairs(plan.rules) do
	local within, n, from = times[rule.window], 0, at[rule.window] - rule.within
	for k = #within, 1, -1 do
		if n == rule.calls or within[k] < from then
			break
		end
		n = n + 1
	end
	counts[i] = n
	if tripped == 0 and n == rule.calls then
		tripped = i
	end
end
if tripped == 0 or ARGV[4] ~= '1' then
	return {general, scoped, counts, 0, 0}
end

local rule = plan.rules[tripped]
local key = rule.scoped and KEYS[2] or KEYS[1]
local strike = redis.call('INCR', KEYS[3])
local life = rule.lives[math.min(strike, 3)]
redis.call('PEXPIRE', KEYS[3], plan.strikes + life)
redis.call('DEL', key)
for w, window in ipairs(plan.windows) do
	-- Counting begins anew, but for the calls to other numbers if only those to
	-- this one are refused. What was counted is kept for a while, should the
	-- listing be withdrawn.
	if window.scoped or not rule.scoped then
		redis.call('RENAME', KEYS[5 + w], KEYS[5 + w] .. ':listed')
	end
end
redis.call('HSET', key, 'kind', 'block', 'reason', rule.reason, 'source', plan.source,
	'created', math.floor(now / 1000), 'untold', call .. ' ' .. strike .. ' ' .. ARGV[3])
if life > 0 then
	redis.call('PEXPIRE', key, life)
end
redis.call('SET', KEYS[4], ARGV[5], 'PX', plan.telling)
return {general, scoped, counts, tripped, life}
