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

-- clock returns Redis' time in Unix seconds with a fraction: the clocks of instances
-- differ, and none of them says what has ended.
local function clock()
	local time = redis.call('TIME')
	return tonumber(time[1]) + tonumber(time[2]) / 1000000
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

-- bump gives the policy a new version, COUNTER-EPOCH-TOKEN: the epoch stays, and is
-- a new one in a Redis that has lost it.
local function bump()
	local version = redis.call('GET', key('version')) or ''
	local counter, epoch = string.match(version, '^(%d+)%-([^-]+)%-')
	redis.call('SET', key('version'), string.format('%.0f-%s-%s', (counter or 0) + 1, epoch or ARGV[1], ARGV[1]))
end

-- record adds an event to the audit log and returns its ID.
local function record(fields)
	return redis.call('XADD', key('audit'), 'MAXLEN', '~', ARGV[2], '*', unpack(fields))
end
