--- Buffers: which are files, which one has a path, and those that Tiro makes.

local M = {}

--- Whether it is a file that a server can be told of.
---@param buffer integer
---@return boolean
function M.is_file(buffer)
  local name = vim.api.nvim_buf_is_loaded(buffer) and vim.api.nvim_buf_get_name(buffer) or ''
  return name ~= '' and vim.bo[buffer].buftype == '' and not name:find('^%a[%w+.-]+://')
end

--- The buffer of a file, if it is loaded. By the path itself: what Vim takes for a name
--- is a pattern.
---@param path string
---@return integer?
function M.of_path(path)
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if M.is_file(buffer) then
      local name = vim.api.nvim_buf_get_name(buffer)
      if name == path or vim.uv.fs_realpath(name) == path then
        return buffer
      end
    end
  end
end

---@param uri string
---@return integer?
function M.of_uri(uri)
  return M.of_path(vim.uri_to_fname(uri))
end

--- A path below a root without it.
---@param path string
---@param root string
---@return string
function M.short(path, root)
  return vim.startswith(path, root .. '/') and path:sub(#root + 2) or path
end

--- Makes a buffer one of Tiro's own: no file, and never written.
---@param buffer integer
---@param root? string of the session that it belongs to
---@param when_hidden 'hide'|'wipe'
function M.own(buffer, root, when_hidden)
  vim.b[buffer].tiro_root = root
  vim.bo[buffer].buftype = 'nofile'
  vim.bo[buffer].bufhidden = when_hidden
  vim.bo[buffer].swapfile = false
  vim.bo[buffer].buflisted = false
end

--- A window for a text that is not to be changed, made by a command such as `new`;
--- the buffer goes with it.
---@param opening string
---@param name string
---@param lines string[]
---@param root? string
---@return integer buffer
function M.show(opening, name, lines, root)
  vim.cmd(opening)
  local buffer = vim.api.nvim_get_current_buf()
  M.own(buffer, root, 'wipe')
  vim.api.nvim_buf_set_lines(buffer, 0, -1, true, lines)
  vim.bo[buffer].modifiable = false
  -- A name that another buffer has is no reason to show nothing.
  pcall(vim.api.nvim_buf_set_name, buffer, ('tiro://%s/%d'):format(name, buffer))
  return buffer
end

return M
