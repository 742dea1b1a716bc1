-- Answers what is known of a caller and counts the call by rate rules, unless an
-- entry decides about it. If a rule has found enough calls, it lists the caller.
-- ARGV: [1] and [2] as in lib.lua;
--       [3] the version of the policy that the count was planned for;
--       [4] the caller's rule;
--       [5] the caller's rule for the dialled number, '' if that is not known;
--       [6] the call; [7] its time in Unix milliseconds;
--       [8] the dialled number;
--       [9] 1 if the caller is to be listed, 0 if not, '' to count and change
--       nothing;
--       [10] the rules as JSON (see countPlan);
--       [11] how many of the caller's rules for ranges that have the dialled number
--       follow, and these rules;
--       then for each rule the key of the window that it counts in.
-- Returns the policy's version, the lines of both rules and of those for ranges, and,
--         if that is the version planned for and none of them decides, so that the
--         call was counted: the count of each rule, no higher than its calls, and the
--         line of the entry if a rule has listed the caller.

-- How long the names of a caller's windows are stored, in milliseconds: 8 days, a
-- day longer than the longest window.
local namesLife = 8 * 24 * 60 * 60 * 1000

local general, scoped = ARGV[4], ARGV[5]
local call, callTime, now = ARGV[6], tonumber(ARGV[7]), clock()
local version = redis.call('GET', key('version')) or ''
local there = {[general] = lines(general)}
local answer = {version, there[general], {}, {}}
if scoped ~= '' then
	there[scoped] = lines(scoped)
	answer[3] = there[scoped]
end
local windowsAt = 11 + ARGV[11]
if windowsAt > 11 then
	for _, line in ipairs(redis.call('HMGET', key('ranged'), unpack(ARGV, 12, windowsAt))) do
		if line then
			table.insert(answer[4], line)
		end
	end
end
if version ~= ARGV[3] or live(answer[2], now) or live(answer[3], now) or live(answer[4], now) then
	return answer
end
local plan = cjson.decode(ARGV[10])

-- A window is what one or more rules count in: the calls of the last time, by
-- their time, no more than the rules ask for. What counts is the time of the newest
-- call, if the clock of this one is behind.
local windows, windowOf = {}, {}
for i, rule in ipairs(plan.rules) do
	local name = ARGV[windowsAt + i]
	local window = windowOf[name]
	if not window then
		window = {name = name, scoped = rule.scoped, keep = 0, calls = 0}
		windowOf[name] = window
		windows[#windows + 1] = window
	end
	window.keep, window.calls = math.max(window.keep, rule.within), math.max(window.calls, rule.calls)
end
for _, window in ipairs(windows) do
	local found = redis.call('ZRANGE', window.name, 0, -1, 'WITHSCORES')
	local times, drop, known, at = {}, {}, false, callTime
	for k = 2, #found, 2 do
		local time = tonumber(found[k])
		if time <= callTime + plan.skew then
			at = math.max(at, time)
		end
	end
	for k = 1, #found, 2 do
		local time = tonumber(found[k + 1])
		if time > callTime + plan.skew or time < at - window.keep then
			drop[#drop + 1] = found[k]
		else
			times[#times + 1] = time
			known = known or found[k] == call
		end
	end
	if not known then
		times[#times + 1] = at
	end
	window.times, window.drop, window.known, window.at = times, drop, known, at
end

local counts, tripped = {}, 0
for i, rule in ipairs(plan.rules) do
	local window, n = windowOf[ARGV[windowsAt + i]], 0
	for _, time in ipairs(window.times) do
		if time >= window.at - rule.within then
			n = n + 1
		end
	end
	counts[i] = math.min(n, rule.calls)
	if tripped == 0 and n >= rule.calls then
		tripped = i
	end
end
local rule = ARGV[9] == '1' and plan.rules[tripped]
answer[5] = counts
if ARGV[9] == '' then
	return answer
end

-- A key that holds something else is found before anything is written.
for _, window in ipairs(windows) do
	if window.scoped then
		redis.call('ZCARD', key('rate:' .. general))
		break
	end
end
local line, strike, expires
if rule then
	sound()
	local strikes = redis.call('GET', key('strikes:' .. general))
	strike = (tonumber(strikes or 0) or 0) + 1
	redis.call('XLEN', key('events'))
	local life = rule.lives[math.min(strike, 3)]
	expires = life > 0 and string.format('%.0f', math.ceil(now + life / 1000)) or ''
	local listed = rule.scoped and scoped or general
	line = table.concat({
		listed, 'block', string.format('%.0f', math.floor(callTime / 1000)),
		expires, '', plan.source, '', rule.reason,
	}, '\t')
	answer[6] = line
	change(listed, there[listed], line, false)
	write()
	redis.call('SET', key('strikes:' .. general), strike, 'PX', string.format('%.0f', plan.strikes + life))
	record({'by', plan.source, 'via', plan.via, 'action', 'block', 'changes', '+' .. line})
	local event = {
		'kind', 'listed', 'time', string.format('%.0f', math.floor(callTime / 1000)), 'caller', general, 'reason', rule.reason,
		'strike', strike, 'call', call,
	}
	for _, field in ipairs({
		{'to', rule.scoped and ARGV[8] or ''}, {'dialled', ARGV[8]},
		{'expires', expires},
	}) do
		if field[2] ~= '' then
			event[#event + 1], event[#event + 2] = field[1], field[2]
		end
	end
	redis.call('XADD', key('events'), 'MAXLEN', '~', plan.events, '*', unpack(event))
end

mark()
local names, own, many = key('rate:' .. general), {}, false
for _, window in ipairs(windows) do
	if window.scoped then
		own[window.name] = true
		many = redis.call('ZADD', names, string.format('%.0f', window.at + window.keep), window.name) == 1 or many
	end
end
-- A caller has no more windows for dialled numbers than the plan says: that which
-- would end first goes, but none of this call.
local over = many and redis.call('ZCARD', names) - plan.windows or 0
if over > 0 then
	for _, name in ipairs(redis.call('ZRANGE', names, 0, over + #windows - 1)) do
		if over > 0 and not own[name] then
			redis.call('DEL', name)
			redis.call('ZREM', names, name)
			over = over - 1
		end
	end
end
for _, window in ipairs(windows) do
	if rule and (window.scoped or not rule.scoped) then
		-- Counting begins anew, except for the calls to other numbers if only those
		-- to this one are refused.
		redis.call('DEL', window.name)
		if window.scoped then
			redis.call('ZREM', names, window.name)
		end
	else
		if #window.drop > 0 then
			redis.call('ZREM', window.name, unpack(window.drop))
		end
		if not window.known then
			redis.call('ZADD', window.name, window.at, call)
			redis.call('ZREMRANGEBYRANK', window.name, 0, -1 - window.calls)
		end
		redis.call('PEXPIRE', window.name, string.format('%.0f', window.keep + plan.skew))
	end
end
if next(own) then
	redis.call('PEXPIRE', names, namesLife)
end
return answer
