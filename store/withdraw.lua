-- Takes back what counting a call has done: its marks, and the listing that it
-- has led to, unless somebody has been told of that.
-- KEYS: the caller's general entry, the one for the dialled number (the general
--       one again if that is not known), the strikes, who tells of a listing, the
--       set of the windows for dialled numbers; then the windows.
-- ARGV: the call.
local listed = false
for i = 1, 2 do
	local untold = redis.call('HGET', KEYS[i], 'untold')
	if untold and string.sub(untold, 1, #ARGV[1] + 1) == ARGV[1] .. ' ' then
		listed = true
		redis.call('DEL', KEYS[i], KEYS[4])
		if redis.call('DECR', KEYS[3]) < 1 then
			redis.call('DEL', KEYS[3])
		end
	end
end
for i = 6, #KEYS do
	local before = listed and redis.call('GET', KEYS[i] .. ':listed')
	if before and string.find(before, ' ' .. ARGV[1] .. '\n', 1, true) then
		redis.call('RENAME', KEYS[i] .. ':listed', KEYS[i])
	end
	local text, kept = redis.call('GET', KEYS[i]), {}
	for line, id in string.gmatch(text or '', '(%d+ ([^\n]*)\n)') do
		if id ~= ARGV[1] then
			kept[#kept + 1] = line
		end
	end
	if #kept > 0 then
		redis.call('SET', KEYS[i], table.concat(kept), 'KEEPTTL')
	else
		redis.call('DEL', KEYS[i])
	end
end
return 1
