-- Comes before every script that writes.
-- KEYS: PREFIXschema. All other keys of the installation begin with the same
--       prefix, whose hash tag keeps them on one node.
-- ARGV: [1] a token that no change has had before; [2] how many events the audit
--       log keeps; from [3] on, those of the script.
-- A script reads and decides first and writes afterwards: what Redis refuses, it
-- refuses at the first write, and nothing is half done.
local schema = redis.call('GET', KEYS[1])
if schema and schema ~= SCHEMA then
	return redis.error_reply('SCHEMA ' .. schema)
end

-- key returns the key of a name.
local function key(name)
	return string.sub(KEYS[1], 1, -1 - #'schema') .. name
end

-- mark marks data with the version of their schema.
local function mark()
	if not schema then
		redis.call('SET', KEYS[1], SCHEMA)
	end
end

-- bump gives the policy a new version.
local function bump()
	local counter = tonumber(string.match(redis.call('GET', key('version')) or '', '^%d+') or 0)
	redis.call('SET', key('version'), string.format('%.0f-%s', counter + 1, ARGV[1]))
end

-- record adds an event to the audit log and returns its ID.
local function record(fields)
	return redis.call('XADD', key('audit'), 'MAXLEN', '~', ARGV[2], '*', unpack(fields))
end
