-- Writes a batch of records to the call log and its pages, and counts the calls
-- for the entries that decided them, all of it or nothing.
-- ARGV: [1] and [2] as in lib.lua;
--       [3] the writer of the batch, '' for none; [4] the number of the batch; [5] how
--       many seconds that is remembered;
--       [6] how many rules follow; from [7] on, for each the rule, how many calls it
--       decided and when the last was in Unix seconds;
--       then for each record the time of its call in Unix milliseconds, the rest of its
--       line, and the values of NAMES.
-- Returns how many were written: 0 if the batch has been written before.
--
-- The pages are a sorted set of the first ID of each, by its earliest call, and
-- a text for each. A line is ID, milliseconds from the call to its record, and
-- what is searched for; see call_line.go.
-- What Redis allocates has a step of a quarter just above the limit.
local limit = 65500
local writer, number = key('writer:' .. ARGV[3]), tonumber(ARGV[4])
if ARGV[3] ~= '' and number <= tonumber(redis.call('GET', writer) or '0') then
	return 0
end
local log, pages, page = key('calls'), key('calls:pages'), key('calls:page')
local open = redis.call('GET', page)
-- A page that is damaged grows no more.
local size = open and redis.pcall('STRLEN', page .. ':' .. open) or 0
if type(size) ~= 'number' then
	size = 0
end
-- A key that holds something else is found before anything is written.
redis.call('XLEN', log)
redis.call('ZCARD', pages)
local hits, last, i = key('hits'), key('last-hit'), 7
redis.call('ZCARD', hits)
redis.call('ZCARD', last)
local rules = {}
for _ = 1, tonumber(ARGV[6]) do
	-- An entry that has gone has no hits.
	if redis.call('ZSCORE', key('created'), ARGV[i]) then
		rules[#rules + 1] = i
	end
	i = i + 3
end

mark()
local lines, earliest = {}, nil
local function flush()
	if #lines > 0 then
		redis.call('APPEND', page .. ':' .. open, table.concat(lines))
		redis.call('ZADD', pages, 'LT', string.format('%.0f', earliest), open)
		lines, earliest = {}, nil
	end
end

local fields, written = {NAMES}, 0
while i < #ARGV do
	local time, rest = tonumber(ARGV[i]), ARGV[i + 1]
	i = i + 2
	for value = 2, #fields, 2 do
		fields[value] = ARGV[i]
		i = i + 1
	end
	local id = redis.call('XADD', log, '*', unpack(fields))
	local line = id .. '\t' .. string.format('%.0f', tonumber(id:match('^%d+')) - time) .. '\t' .. rest .. '\n'
	if size == 0 or size + #line > limit then
		flush()
		if size > 0 then
			-- Redis has left it room to grow, which is given back.
			redis.call('SET', page .. ':' .. open, redis.call('GET', page .. ':' .. open))
		end
		open, size = id, 0
		redis.call('SET', page, open)
	end
	lines[#lines + 1] = line
	size = size + #line
	earliest = math.min(earliest or time, time)
	written = written + 1
end
flush()
for _, rule in ipairs(rules) do
	redis.call('ZINCRBY', hits, ARGV[rule + 1], ARGV[rule])
	redis.call('ZADD', last, 'GT', ARGV[rule + 2], ARGV[rule])
end
-- Comes last: a batch that Redis refuses is tried again.
if ARGV[3] ~= '' then
	redis.call('SET', writer, ARGV[4], 'EX', ARGV[5])
end
return written
