-- wrk -s replay.lua URL -- METHOD TABLE [BODY]
--
-- Sends the requests of a table one after the other, and starts over at its end.  A line of TABLE
-- is a target and its header fields, "Name: value", separated by tabs; BODY is a file that each
-- request carries.  All are put together before the measurement, so that it costs an index only.

local requests, count, at = {}, 0, 0

local function read(path)
    local file = assert(io.open(path, "rb"))
    local bytes = file:read("*a")
    file:close()
    return bytes
end

function init(args)
    local method, table_path, body_path = args[1], args[2], args[3]
    local body = body_path and body_path ~= "" and read(body_path) or nil
    for line in io.lines(table_path) do
        local target, rest = line:match("^([^\t]*)\t?(.*)$")
        local headers = {}
        for name, value in rest:gmatch("([^\t:]+): ([^\t]*)") do headers[name] = value end
        count = count + 1
        requests[count] = wrk.format(method, target, headers, body)
    end
end

function request()
    at = at % count + 1
    return requests[at]
end
