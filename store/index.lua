-- Writes lines of the index, and takes away others.
-- KEYS: the trees by number, by creation and by expiry, the count of lines, the
--       count of lines removed or replaced, the rules by hits and by last hit,
--       a set for sorting.
-- ARGV: in the order of their bytes, each rule once: a line, RULE\tCREATED\t
--       EXPIRES\t…, or a RULE alone, whose line goes.
-- Returns how many of them it has dealt with, so that a run ends soon where
-- each belongs to a page of its own, and how many lines were removed or replaced.
--
-- A tree is a sorted set of the least keys of its pages, and a text for each
-- page, the lines in the order of their bytes. The first page's is ''; so the
-- key of a page never changes, and readers find what they have left behind.
-- The longest that a page may be in bytes, and about what its parts are then.
-- What Redis allocates has steps just above the limit and full.
local limit, full, half = 4080, 3950, 2900
-- How many lines are too many to put each into its place, and how many pages
-- are enough for one run.
local many, enough = 8, 32
local byte, find, sub = string.byte, string.find, string.sub
local numbers, creations, ends = KEYS[1], KEYS[2], KEYS[3]
local sorting = KEYS[8]

-- less compares bytes: what Lua does itself depends on the server's locale.
local function less(a, b)
	for i = 1, math.min(#a, #b), 4 do
		local a1, a2, a3, a4 = byte(a, i, i + 3)
		local b1, b2, b3, b4 = byte(b, i, i + 3)
		if a1 ~= b1 then return a1 < b1 end
		if a2 ~= b2 then return (a2 or 0) < (b2 or 0) end
		if a3 ~= b3 then return (a3 or 0) < (b3 or 0) end
		if a4 ~= b4 then return (a4 or 0) < (b4 or 0) end
	end
	return #a < #b
end

local function key(line)
	return line:match('^[^\t\n]*')
end

-- The pages at hand, by tree and least key; what was changed is stored at the end.
local pages, changed = {[numbers] = {}, [creations] = {}, [ends] = {}}, {}

local function load(tree, low)
	local page = pages[tree][low]
	if not page then
		page = redis.call('GET', tree .. ':' .. low) or ''
		pages[tree][low] = page
	end
	return page
end

-- store keeps a page, in parts if it is too long: full ones, if it grows at its
-- end, as it does while a sorted list comes in, else equal ones.
local function store(tree, low, page, grows)
	if page == '' then
		redis.call('ZREM', tree, low)
		redis.call('DEL', tree .. ':' .. low)
		return
	end
	local size = grows and full or math.ceil(#page / math.ceil(#page / half))
	local from = 1
	repeat
		local to = #page
		if to - from + 1 > limit then
			to = find(page, '\n', from + size - 1, true)
		end
		redis.call('SET', tree .. ':' .. low, sub(page, from, to))
		from = to + 1
		if from <= #page then
			low = page:match('^[^\t\n]*', from)
			redis.call('ZADD', tree, 0, low)
		end
	until from > #page
end

-- home returns the least key of the page to which a line belongs, nil if that
-- is the first page and there is none.
local function home(tree, line)
	return redis.call('ZREVRANGEBYLEX', tree, '[' .. line, '-', 'LIMIT', 0, 1)[1]
end

-- following returns the least key of the page after another, nil if none does.
local function following(tree, low)
	return redis.call('ZRANGEBYLEX', tree, '(' .. low, '+', 'LIMIT', 0, 1)[1]
end

-- each calls change for each page, with the numbers of the first and the last
-- of the lines that belong there, and makes the first page, if there is none.
-- It returns with how many of the lines it has done so.
local function each(tree, lines, most, change)
	local first, low = 1, lines[1] and home(tree, lines[1])
	while first <= #lines and most > 0 do
		if not low then
			low = ''
			redis.call('ZADD', tree, 0, low)
		end
		-- Mostly the next line belongs to the page, too, or to another: where
		-- the page ends need be asked for in the first case only.
		local last, after = first, lines[first + 1] and home(tree, lines[first + 1])
		if after == low then
			local limit = following(tree, low)
			local beyond = #lines + 1
			last = limit and last + 1 or #lines
			while beyond - last > 1 do
				local middle = math.floor((last + beyond) / 2)
				if less(lines[middle], limit) then
					last = middle
				else
					beyond = middle
				end
			end
			after = lines[last + 1] and home(tree, lines[last + 1])
		end
		local before = load(tree, low)
		local page, grows = change(before, first, last)
		pages[tree][low] = page
		if page ~= before or page == '' then
			changed[#changed + 1] = {tree, low, grows}
		end
		first, low, most = last + 1, after, most - 1
	end
	return first - 1
end

-- seek returns where in a page the line stands that begins so.
local function seek(page, start)
	if sub(page, 1, #start) == start then
		return 1
	end
	local at = find(page, '\n' .. start, 1, true)
	return at and at + 1
end

-- behind reports whether a line comes after all of a page.
local function behind(page, line)
	local at = sub(page, 1, -2):match('.*\n()') or 1
	return less(sub(page, at), line)
end

-- place returns where in a page a line belongs.
local function place(page, line)
	-- Every line before from comes before it, none from to on does.
	local from, to = 1, #page + 1
	while from < to do
		local middle, start = math.floor((from + to) / 2), nil
		repeat
			start = find(page, '\n', middle, true) + 1
			if start >= to then
				start = nil
				middle = math.floor((from + middle) / 2)
			end
		until start or middle <= from
		start = start or from
		if less(sub(page, start, start + #line), line) then
			from = find(page, '\n', start, true) + 1
		else
			to = start
		end
	end
	return from
end

-- sorted returns the lines of a page and others in the order of their bytes.
local function sorted(page, lines)
	local members, n = {}, 0
	for line in page:gmatch('[^\n]*\n') do
		members[n + 1], members[n + 2], n = 0, line, n + 2
	end
	for _, line in ipairs(lines) do
		members[n + 1], members[n + 2], n = 0, line, n + 2
	end
	for i = 1, n, 1000 do
		redis.call('ZADD', sorting, unpack(members, i, math.min(n, i + 999)))
	end
	local all = redis.call('ZRANGE', sorting, 0, -1)
	redis.call('DEL', sorting)
	return all
end

-- with returns a page with more lines, which are in order, and whether many
-- have come at its end.
local function with(page, lines)
	if page == '' or #lines > many and behind(page, lines[1]) then
		return page .. table.concat(lines), #lines > many
	end
	if #lines > many then
		return table.concat(sorted(page, lines))
	end
	for _, line in ipairs(lines) do
		local at = place(page, line)
		page = sub(page, 1, at - 1) .. line .. sub(page, at)
	end
	return page
end

-- The lines by number, and what changes by time with them.
local drops = {[creations] = {}, [ends] = {}}
local adds = {[creations] = {}, [ends] = {}}
local count, removals = 0, 0

-- timed notes a line of a tree by time: its moment has a form whose bytes have
-- the order of time.
local function timed(lines, moment, rule)
	if #moment > 10 then
		moment = '9999999999'
	end
	lines[#lines + 1] = ('0'):rep(10 - #moment) .. moment .. ' ' .. rule .. '\n'
end

local function renew(rule, was, created, expires)
	local wasCreated, wasExpires
	if was then
		wasCreated, wasExpires = was:match('^[^\t]*\t(%d*)\t(%d*)')
	end
	if wasCreated ~= created then
		if wasCreated then
			timed(drops[creations], wasCreated, rule)
		end
		if created then
			timed(adds[creations], created, rule)
		end
	end
	if wasExpires ~= expires then
		if (wasExpires or '') ~= '' then
			timed(drops[ends], wasExpires, rule)
		end
		if (expires or '') ~= '' then
			timed(adds[ends], expires, rule)
		end
	end
end

local dealt = each(numbers, ARGV, enough, function(page, first, last)
	local fresh = {}
	local apart = last - first >= many and behind(page, key(ARGV[first]))
	for i = first, last do
		local rule, created, expires = ARGV[i]:match('^([^\t]*)\t(%d*)\t(%d*)')
		local line, at, was = rule and ARGV[i] .. '\n', nil, nil
		rule = rule or ARGV[i]
		if not apart then
			at = seek(page, rule .. '\t')
			was = at and sub(page, at, find(page, '\n', at, true))
		end
		if was ~= line then
			renew(rule, was, created, expires)
			if was then
				page = sub(page, 1, at - 1) .. (line or '') .. sub(page, at + #was)
				removals = removals + 1
			else
				fresh[#fresh + 1] = line
				count = count + 1
			end
			if not line then
				count = count - 1
				redis.call('ZREM', KEYS[6], rule)
				redis.call('ZREM', KEYS[7], rule)
			end
		end
	end
	return with(page, fresh)
end)

-- order puts lines by time in order. They are in that of their rules.
local function order(lines)
	for i = 2, #lines do
		if tonumber(sub(lines[i], 1, 10)) < tonumber(sub(lines[i - 1], 1, 10)) then
			return sorted('', lines)
		end
	end
	return lines
end

for _, tree in ipairs({creations, ends}) do
	local lines = order(drops[tree])
	each(tree, lines, #lines, function(page, first, last)
		for i = first, last do
			local at = seek(page, lines[i])
			if at then
				page = sub(page, 1, at - 1) .. sub(page, at + #lines[i])
			end
		end
		return page
	end)
	local more = order(adds[tree])
	each(tree, more, #more, function(page, first, last)
		return with(page, {unpack(more, first, last)})
	end)
end
for _, page in ipairs(changed) do
	local tree, low = page[1], page[2]
	if pages[tree][low] then
		store(tree, low, pages[tree][low], page[3])
		pages[tree][low] = nil
	end
end

if count ~= 0 and redis.call('INCRBY', KEYS[4], count) <= 0 then
	redis.call('DEL', KEYS[4])
end
if removals > 0 then
	redis.call('INCRBY', KEYS[5], removals)
end
return {dealt, removals}
