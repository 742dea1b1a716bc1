-- Changes entries of the list, all that it can or nothing, and records it.
-- ARGV: [1] and [2] as in lib.lua;
--       [3] put, swap or undo; after put, the positions of the fields of a line that
--       an entry keeps if its kind stays, such as put34;
--       [4] 1 if the rules are in the order of their bytes, which is faster;
--       [5] 1 to forget what rate rules have counted of callers who are taken off;
--       [6] how many fields of an event of the audit log follow, 0 for no event;
--       from [7] on these fields; then, at the positions that follow:
--       the ID of a batch, '' for none; the number of a chunk of its journal; the
--       chunk; how many seconds the journal lives;
--       then for each rule, which comes once, one argument for put, two for swap
--       and undo:
--       for swap and undo, what the rule must be: its line, or '' for nothing. For
--       undo it must be exactly that line, for swap the line may be of another time;
--       its new state: its line; or the line, a newline, its hits, a tab and the
--       last hit; or the RULE alone to take it off.
-- Returns a digit for each rule, 1 if it was changed, 2 if it had that state
--         already, 0 if it was something else; and, for put only, the line that
--         each had, '' for none, with its hits.
local mode, keeps = string.match(ARGV[3], '^(%l+)(%d*)$')
local now, ordered, forgets = clock(), ARGV[4] == '1', ARGV[5] == '1'
local at = 7 + ARGV[6]
local event = {unpack(ARGV, 7, at - 1)}
local batch, number, chunk, life = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
local first, step = at + 4, mode == 'put' and 1 or 2
local total = (#ARGV - first + 1) / step
local put, wantsBefore = mode == 'put', mode == 'put' or #event > 0

sound()
if batch ~= '' then
	redis.call('HLEN', key('batch:' .. batch .. ':journal'))
end

-- Where the list has few other rules between the first and the last, it is
-- read at once.
local known
local function ruleAt(i)
	return string.match(ARGV[first + i * step - 1], '^[^\t\n]*')
end
if ordered and total > 4 then
	local from, to = '[' .. ruleAt(1) .. '\t', '(' .. ruleAt(total) .. '\n'
	local between = redis.call('ZLEXCOUNT', key('list'), from, to)
	if between <= 5 * total then
		known = {}
		for _, line in ipairs(between > 0 and redis.call('ZRANGEBYLEX', key('list'), from, to) or {}) do
			local rule = string.match(line, '^[^\t]*')
			known[rule] = known[rule] or {}
			table.insert(known[rule], line)
		end
	end
end

-- same compares what two lines say, but for their creation.
local function same(a, b)
	if a == b or a == '' or b == '' then
		return a == b
	end
	local form = '^([^\t]*\t%l*\t)%d*(.*)$'
	local a1, a2 = string.match(a, form)
	local b1, b2 = string.match(b, form)
	return a1 == b1 and a2 == b2
end

-- keeping returns a line that has the kept fields of another.
local function keeping(line, was)
	local fields, old = {}, {}
	for field in string.gmatch(line .. '\t', '([^\t]*)\t') do
		table.insert(fields, field)
	end
	for field in string.gmatch(was .. '\t', '([^\t]*)\t') do
		table.insert(old, field)
	end
	for position in string.gmatch(keeps, '%d') do
		position = tonumber(position)
		fields[position] = old[position] or fields[position]
	end
	return table.concat(fields, '\t')
end

local none, done, before, sides, changed = {}, {}, {}, {}, false
for i = 1, total do
	local line, hits, last = ARGV[first + i * step - 1], nil, nil
	if string.find(line, '\n', 1, true) then
		line, hits, last = string.match(line, '^([^\n]*)\n(%d+)\t(%d*)$')
	end
	local rule, tab = line, string.find(line, '\t', 1, true)
	if tab then
		rule = string.sub(line, 1, tab - 1)
	else
		line = ''
	end
	local there = known and (known[rule] or none) or not known and lines(rule)
	local was, kind = live(there, now)
	was = was or ''
	local kept = was ~= '' and line ~= '' and kind == read(line)
	local due
	if put then
		if kept then
			line = keeping(line, was)
		end
		due = line ~= was
	else
		local must = ARGV[first + i * step - 2]
		due = must == was or mode == 'swap' and same(must, was)
	end
	local had = wantsBefore and was ~= '' and counts(rule) or ''
	done[i] = due and '1' or same(line, was) and '2' or '0'
	before[i] = was ~= '' and was .. had or ''
	-- What has ended or is there twice goes as well.
	if due and line ~= was or done[i] ~= '0' and #there ~= (line == '' and 0 or 1) then
		changed = true
		change(rule, there, line ~= '' and line or nil, kept, hits, last)
		if #event > 0 and done[i] == '1' then
			if was ~= '' then
				table.insert(sides, '-' .. was .. had)
			end
			if line ~= '' then
				table.insert(sides, '+' .. line .. (kept and had or hits and '\t' .. hits .. '\t' .. last or ''))
			end
		end
	end
end

if batch ~= '' then
	mark()
	redis.call('HSET', key('batch:' .. batch .. ':journal'), number, chunk)
	redis.call('EXPIRE', key('batch:' .. batch .. ':journal'), life)
end
if changed then
	write()
end
if forgets then
	for i = 1, total do
		if done[i] ~= '0' and ruleAt(i) == ARGV[first + i * step - 1] then
			forget(ruleAt(i))
		end
	end
end
if #sides > 0 then
	table.insert(event, 'changes')
	table.insert(event, table.concat(sides, '\n'))
	record(event)
end
return {table.concat(done), put and before or {}}
