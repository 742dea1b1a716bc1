-- Takes the lines off a page of the call log whose records have gone.
-- ARGV: [3], see lib.lua: the name of the page.
-- Returns how many bytes it has taken off.
local name, page = ARGV[3], key('calls:page:' .. ARGV[3])
local first = redis.call('XRANGE', key('calls'), '-', '+', 'COUNT', 1)[1]
local ms, seq = math.huge, 0
if first then
	ms, seq = first[1]:match('^(%d+)-(%d+)$')
	ms, seq = tonumber(ms), tonumber(seq)
end
local text = redis.call('GET', page) or ''
local from = 1
while from <= #text do
	local a, b = text:match('^(%d+)-(%d+)', from)
	a, b = tonumber(a), tonumber(b)
	-- A damaged line goes as well.
	if a and (a > ms or a == ms and b >= seq) then
		break
	end
	from = (text:find('\n', from, true) or #text) + 1
end
if from > #text then
	redis.call('DEL', page)
	redis.call('ZREM', key('calls:pages'), name)
	if redis.call('GET', key('calls:page')) == name then
		redis.call('DEL', key('calls:page'))
	end
elseif from > 1 then
	redis.call('SET', page, text:sub(from))
end
return from - 1
