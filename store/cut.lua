-- Takes the lines off a page of the call log whose records have gone.
-- KEYS: the log, the pages, the page that grows. ARGV: the name of the page.
-- Returns how many bytes it has taken off.
local name, key = ARGV[1], KEYS[3] .. ':' .. ARGV[1]
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local ms, seq = math.huge, 0
if first then
	ms, seq = first[1]:match('^(%d+)-(%d+)$')
	ms, seq = tonumber(ms), tonumber(seq)
end
local text = redis.call('GET', key) or ''
local from = 1
while from <= #text do
	local a, b = text:match('^(%d+)-(%d+)', from)
	a, b = tonumber(a), tonumber(b)
	-- A line that is none, since somebody has damaged it, goes as well.
	if a and (a > ms or a == ms and b >= seq) then
		break
	end
	from = (text:find('\n', from, true) or #text) + 1
end
if from > #text then
	redis.call('DEL', key)
	redis.call('ZREM', KEYS[2], name)
	if redis.call('GET', KEYS[3]) == name then
		redis.call('DEL', KEYS[3])
	end
elseif from > 1 then
	redis.call('SET', key, text:sub(from))
end
return from - 1
