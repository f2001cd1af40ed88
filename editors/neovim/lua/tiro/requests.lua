--- What the server asks of the editor: to save, what other servers find wrong,
--- where the person is.

local buffers = require('tiro.buffers')
local session_of = require('tiro.session').of_client

local M = {}

--- `tiro/saveDocuments`: writes them, with all that the person has set up to happen
--- then. What cannot be written is said to the person; the server sees what is unsaved.
---@param params { uris: string[] }
---@return table
function M.saveDocuments(params)
  local saved, problems = {}, {}
  for _, uri in ipairs(params.uris or {}) do
    local buffer = buffers.of_uri(uri)
    if buffer then
      local ok, problem = pcall(vim.api.nvim_buf_call, buffer, function()
        vim.cmd('silent update')
      end)
      if ok and not vim.bo[buffer].modified then
        table.insert(saved, uri)
      else
        local name = vim.fn.fnamemodify(vim.uri_to_fname(uri), ':.')
        local why = not ok and tostring(problem):match('E%d+:[^\n]*') or 'it is still modified'
        table.insert(problems, ('%s was not saved: %s'):format(name, why))
      end
    end
  end
  if #problems > 0 then
    require('tiro.session').notify(table.concat(problems, '; '), vim.log.levels.WARN)
  end
  return { saved = saved }
end

--- Bytes of a line to what LSP counts.
---@param buffer integer
---@param row integer 0-based
---@param byte integer
---@return integer
local function utf16(buffer, row, byte)
  local line = vim.api.nvim_buf_get_lines(buffer, row, row + 1, false)[1] or ''
  byte = math.min(byte, #line)
  if vim.fn.has('nvim-0.11') == 1 then
    return vim.str_utfindex(line, 'utf-16', byte, false)
  end
  local _, units = vim.str_utfindex(line, byte)
  return units
end

--- `tiro/diagnostics`: those of all servers and linters, as LSP has them.
---@param params { uri?: string }
---@param client_id integer
---@return table[]
function M.diagnostics(params, client_id)
  local session = session_of(client_id)
  local severity = require('tiro.config').get().diagnostics.severity
  local only = params.uri and buffers.of_uri(params.uri)
  if params.uri and not only then
    return {}
  end
  local by_buffer = {} ---@type table<integer, table[]>
  for _, found in ipairs(vim.diagnostic.get(only, { severity = severity })) do
    local is_mine = found.source == 'tiro'
    if not is_mine and buffers.is_file(found.bufnr) then
      local last = found.end_lnum or found.lnum
      by_buffer[found.bufnr] = by_buffer[found.bufnr] or {}
      table.insert(by_buffer[found.bufnr], {
        range = {
          start = { line = found.lnum, character = utf16(found.bufnr, found.lnum, found.col) },
          ['end'] = { line = last, character = utf16(found.bufnr, last, found.end_col or found.col) },
        },
        severity = found.severity,
        source = found.source,
        code = found.code,
        message = found.message,
      })
    end
  end
  local all = {}
  for buffer, diagnostics in pairs(by_buffer) do
    local name = vim.api.nvim_buf_get_name(buffer)
    if not session or vim.startswith(vim.uv.fs_realpath(name) or name, session.root) then
      table.insert(all, { uri = vim.uri_from_bufnr(buffer), diagnostics = diagnostics })
    end
  end
  return all
end

--- The window that the person works in: the current one, or the last that shows a file.
---@return integer
local function working_window()
  local windows = { vim.api.nvim_get_current_win(), vim.fn.win_getid(vim.fn.winnr('#')) }
  vim.list_extend(windows, vim.api.nvim_tabpage_list_wins(0))
  for _, window in ipairs(windows) do
    if vim.api.nvim_win_is_valid(window) and buffers.is_file(vim.api.nvim_win_get_buf(window)) then
      return window
    end
  end
  return windows[1]
end

---@param buffer integer
---@param from integer[] 1-based line, 0-based byte
---@param to integer[]
---@return table
local function range(buffer, from, to)
  return {
    start = { line = from[1] - 1, character = utf16(buffer, from[1] - 1, from[2]) },
    ['end'] = { line = to[1] - 1, character = utf16(buffer, to[1] - 1, to[2]) },
  }
end

---@param buffer integer
---@return table? range of what is selected now
local function selection(buffer)
  local mode = vim.api.nvim_get_mode().mode
  if not mode:match('^[vV\22]') or vim.api.nvim_get_current_buf() ~= buffer then
    return nil
  end
  local from, to = vim.fn.getpos('v'), vim.fn.getpos('.')
  from, to = { from[2], from[3] - 1 }, { to[2], to[3] }
  if from[1] > to[1] or (from[1] == to[1] and from[2] >= to[2]) then
    from, to = { to[1], to[2] - 1 }, { from[1], from[2] + 1 }
  end
  if mode == 'V' then
    from, to = { from[1], 0 }, { to[1], math.huge }
  end
  return range(buffer, from, to)
end

---@param at integer buffers that are shown come first, then those used last
---@return integer[]
local function in_use(at)
  local order, seen = {}, {}
  local function add(buffer)
    if not seen[buffer] and buffers.is_file(buffer) and vim.bo[buffer].buflisted then
      seen[buffer] = true
      table.insert(order, buffer)
    end
  end
  add(at)
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    add(vim.api.nvim_win_get_buf(window))
  end
  local listed = vim.fn.getbufinfo({ buflisted = 1, bufloaded = 1 })
  table.sort(listed, function(a, b)
    return a.lastused > b.lastused
  end)
  for _, info in ipairs(listed) do
    add(info.bufnr)
  end
  return vim.list_slice(order, 1, require('tiro.config').get().context.recent)
end

---@return table[] the quickfix list
local function quickfix()
  local items = {}
  for _, item in ipairs(vim.fn.getqflist()) do
    if item.valid == 1 and item.bufnr > 0 and item.lnum > 0 and #items < 20 then
      local start = { line = item.lnum - 1, character = math.max(item.col - 1, 0) }
      table.insert(items, {
        uri = vim.uri_from_bufnr(item.bufnr),
        range = { start = start, ['end'] = start },
        text = item.text,
      })
    end
  end
  return items
end

--- `tiro/context`.
---@return table
function M.context()
  local window = working_window()
  local buffer = vim.api.nvim_win_get_buf(window)
  local context = {
    openFiles = vim.tbl_map(vim.uri_from_bufnr, in_use(buffer)),
  }
  local items = quickfix()
  if #items > 0 then
    context.quickfix = items
  end
  -- Where gitsigns.nvim knows it.
  context.branch = vim.b[buffer].gitsigns_head or vim.g.gitsigns_head
  if buffers.is_file(buffer) then
    local row, byte = unpack(vim.api.nvim_win_get_cursor(window))
    context.activeFile = vim.uri_from_bufnr(buffer)
    context.cursor = { line = row - 1, character = utf16(buffer, row - 1, byte) }
    context.selection = selection(buffer)
  end
  return context
end

return M
