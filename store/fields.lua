-- Changes fields of the settings, the working time or a feed, if they still are
-- what they were when they were read, and records it.
-- ARGV: [1] and [2] as in lib.lua;
--       [3] the hash: settings, hours or feed:NAME;
--       [4] how many fields of an event of the audit log follow; from [5] on these;
--       then for each changed field its name, old and new text, '' for none.
-- Returns the ID of the event, or '' if others have changed them meanwhile.
local hash, first = key(ARGV[3]), 5 + tonumber(ARGV[4])
local feed = string.match(ARGV[3], '^feed:(.*)$')
for i = first, #ARGV, 3 do
	if (redis.call('HGET', hash, ARGV[i]) or '') ~= ARGV[i + 1] then
		return ''
	end
end
-- A key that holds something else is found before anything is written.
redis.call('XLEN', key('audit'))
if feed then
	redis.call('SMEMBERS', key('feeds'))
else
	redis.call('GET', key('version'))
end

mark()
for i = first, #ARGV, 3 do
	if ARGV[i + 2] == '' then
		redis.call('HDEL', hash, ARGV[i])
	else
		redis.call('HSET', hash, ARGV[i], ARGV[i + 2])
	end
end
if feed then
	-- A feed that is another one now is due at once.
	redis.call('DEL', hash .. ':state')
	if redis.call('HLEN', hash) > 0 then
		redis.call('SADD', key('feeds'), feed)
	else
		redis.call('SREM', key('feeds'), feed)
	end
else
	bump()
end
return record({unpack(ARGV, 5, first - 1)})
