--- Names of files after an `@`, for 'omnifunc': buffers first, then what the project has.

local buffers = require('tiro.buffers')

local M = {}

--- Files of a root, as they were when last asked for.
local files = {} ---@type table<string, { names: string[], asked: boolean }>

--- Asks Git for the files; without it they are looked for.
---@param root string
---@return string[]
local function list(root)
  local known = files[root]
  if known and vim.uv.now() - known.time < 5000 then
    return known.names
  end
  local names = {}
  local ok, result = pcall(function()
    return vim
      .system({ 'git', '-C', root, 'ls-files', '-z', '-co', '--exclude-standard' }, { timeout = 1000 })
      :wait()
  end)
  if ok and result.code == 0 then
    names = vim.split(result.stdout, '\0', { plain = true, trimempty = true })
  else
    for name, kind in vim.fs.dir(root, { depth = 4 }) do
      if kind == 'file' and #names < 5000 then
        table.insert(names, name)
      end
    end
  end
  files[root] = { names = names, time = vim.uv.now() }
  return names
end

--- The names that contain what is typed, those that begin with it first.
---@param root string
---@param typed string
---@return table[]
function M.matches(root, typed)
  local wanted = typed:lower()
  local seen, first, rest = {}, {}, {}
  local function offer(name, what)
    local at = name:lower():find(wanted, 1, true)
    if at and not seen[name] then
      seen[name] = true
      local begins = at == 1 or vim.fs.basename(name):lower():find(wanted, 1, true) == 1
      table.insert(begins and first or rest, { word = '@' .. name, abbr = name, menu = what })
    end
  end
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    local name = vim.api.nvim_buf_get_name(buffer)
    if vim.bo[buffer].buflisted and vim.bo[buffer].buftype == '' and vim.startswith(name, root .. '/') then
      offer(buffers.short(name, root), '[buffer]')
    end
  end
  for _, name in ipairs(list(root)) do
    offer(name, '[file]')
  end
  return vim.list_slice(vim.list_extend(first, rest), 1, 200)
end

--- |complete-functions|
---@param find_start 0|1
---@param base string
---@return integer|table[]
function M.omnifunc(find_start, base)
  if find_start == 1 then
    local line = vim.api.nvim_get_current_line():sub(1, vim.api.nvim_win_get_cursor(0)[2])
    local at = line:find('@[^%s@]*$')
    local is_name = at and (at == 1 or line:sub(at - 1, at - 1):find('%s'))
    return is_name and at - 1 or -3
  end
  local root = vim.b.tiro_root
  return root and M.matches(root, base:sub(2)) or {}
end

return M
