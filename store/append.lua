-- Appends records to the call log and its pages, all of them or none.
-- KEYS: the log, the least attempt of this writer that still counts, the pages,
--       the page that grows.
-- ARGV: this attempt; then for each record the time of its call in Unix
--       milliseconds, the rest of its line, how many fields follow, names and
--       values.
-- Returns how many were written: 0 if a later attempt has taken over.
--
-- The pages are a sorted set of the first ID of each, by its earliest call, and
-- a text for each. A line is ID, milliseconds from the call to its record, and
-- what tells the call; see call_line.go.
-- What Redis allocates has a step of a quarter just above the limit.
local limit = 65500
if tonumber(redis.call('GET', KEYS[2]) or '0') > tonumber(ARGV[1]) then
	return 0
end
local log, pages, open = KEYS[1], KEYS[3], redis.call('GET', KEYS[4])
local size = open and redis.call('STRLEN', KEYS[4] .. ':' .. open) or 0
-- A key that holds something else is found before anything is written.
redis.call('ZCARD', pages)
local lines, earliest = {}, nil

local function flush()
	if #lines > 0 then
		redis.call('APPEND', KEYS[4] .. ':' .. open, table.concat(lines))
		redis.call('ZADD', pages, 'LT', string.format('%.0f', earliest), open)
		lines, earliest = {}, nil
	end
end

local written, i = 0, 2
while i <= #ARGV do
	local time, rest, fields = tonumber(ARGV[i]), ARGV[i + 1], tonumber(ARGV[i + 2])
	local id = redis.call('XADD', log, '*', unpack(ARGV, i + 3, i + 2 + 2 * fields))
	local line = id .. '\t' .. string.format('%.0f', tonumber(id:match('^%d+')) - time) .. '\t' .. rest .. '\n'
	if size == 0 or size + #line > limit then
		flush()
		if size > 0 then
			-- Redis has left it room to grow, which is given back.
			redis.call('SET', KEYS[4] .. ':' .. open, redis.call('GET', KEYS[4] .. ':' .. open))
		end
		open, size = id, 0
		redis.call('SET', KEYS[4], open)
	end
	lines[#lines + 1] = line
	size = size + #line
	earliest = math.min(earliest or time, time)
	written = written + 1
	i = i + 3 + 2 * fields
end
flush()
return written
