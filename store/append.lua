-- Appends records to the call log, all of them or none.
-- KEYS: the log, the least attempt of this writer that still counts.
-- ARGV: this attempt, about how many records to keep; then for each record how
--       many fields follow, names and values.
-- Returns how many were written: 0 if a later attempt has taken over.
if tonumber(redis.call('GET', KEYS[2]) or '0') > tonumber(ARGV[1]) then
	return 0
end
local written, i = 0, 3
while i <= #ARGV do
	local fields = tonumber(ARGV[i])
	redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', unpack(ARGV, i + 1, i + 2 * fields))
	written = written + 1
	i = i + 2 * fields + 1
end
return written
