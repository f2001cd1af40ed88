--- How the server is started: the configuration of the client, the root of a
--- project, which files it is told of. What comes from it goes to tiro.events.

local binary = require('tiro.binary')
local buffers = require('tiro.buffers')
local options = require('tiro.config')

local M = {}

--- What the server sends when `events` is true.
local events = {
  'agentMessage',
  'agentMessageDelta',
  'agentReasoningDelta',
  'applyPatchApprovalRequest',
  'backgroundEvent',
  'checkpointList',
  'error',
  'execApprovalRequest',
  'execCommandBegin',
  'execCommandEnd',
  'execCommandOutputDelta',
  'grantList',
  'patchApplyBegin',
  'patchApplyEnd',
  'planUpdate',
  'proposalList',
  'proposalUpdated',
  'restoreEnd',
  'sessionConfigured',
  'sessionList',
  'sessionResumed',
  'taskComplete',
  'taskStarted',
  'tokenCount',
  'turnDiff',
}

---@param params lsp.ApplyWorkspaceEditParams
---@return integer[] the buffers whose text an edit changes, of those that are loaded
local function touched(params)
  local uris = vim.tbl_keys(params.edit.changes or {})
  for _, change in ipairs(params.edit.documentChanges or {}) do
    table.insert(uris, change.textDocument and change.textDocument.uri or nil)
  end
  local found = {}
  for _, uri in ipairs(uris) do
    table.insert(found, buffers.of_uri(uri))
  end
  return found
end

--- What is done next is a step of its own to undo, also while the person types.
---@param buffer integer
local function new_step(buffer)
  vim.api.nvim_buf_call(buffer, function()
    vim.cmd('let &l:undolevels = &l:undolevels')
  end)
end

---@type table<string, lsp.Handler>
local standard = {
  ['workspace/applyEdit'] = function(err, params, context)
    local readonly = {} ---@type integer[]
    for _, buffer in ipairs(touched(params)) do
      if not vim.bo[buffer].modifiable then
        local name = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(buffer), ':~:.')
        local reason = name .. " cannot be changed here: its buffer is not 'modifiable'"
        return { applied = false, failureReason = reason }
      end
      new_step(buffer)
      if vim.bo[buffer].readonly then
        table.insert(readonly, buffer)
      end
    end
    -- Neovim would warn, and wait for a second. Not to write is what it is about.
    for _, buffer in ipairs(readonly) do
      vim.bo[buffer].readonly = false
    end
    -- Without the label, which Neovim would print over what the person reads or types.
    local result = vim.lsp.handlers['workspace/applyEdit'](err, { edit = params.edit }, context)
    for _, buffer in ipairs(vim.tbl_filter(vim.api.nvim_buf_is_valid, readonly)) do
      vim.bo[buffer].readonly = true
    end
    vim.iter(touched(params)):each(new_step)
    return result
  end,
  ['window/showMessageRequest'] = function(err, params, context)
    local session = require('tiro.session').of_client(context.client_id)
    local _, is_main = coroutine.running()
    if is_main or not session then
      return vim.lsp.handlers['window/showMessageRequest'](err, params, context)
    end
    return require('tiro.events').question(session, params)
  end,
}

---@return table<string, lsp.Handler>
local function handlers()
  local all = vim.tbl_extend('error', {}, standard)
  for _, event in ipairs(events) do
    all['tiro/' .. event] = function(_, params, context)
      require('tiro.session').on_event(context.client_id, event, params)
    end
  end
  for _, request in ipairs({ 'saveDocuments', 'diagnostics', 'context' }) do
    all['tiro/' .. request] = function(_, params, context)
      return require('tiro.requests')[request](params or {}, context.client_id)
    end
  end
  return all
end

--- The configuration of the client, for |vim.lsp.config()| and |vim.lsp.start()|.
---@param path? string the program; looked for when absent
---@return vim.lsp.ClientConfig
function M.config(path)
  local settings = options.get()
  local problem
  if not path then
    path, problem = binary.find()
  end
  if problem then
    vim.notify_once('Tiro: ' .. problem, vim.log.levels.ERROR)
  end
  local config = next(settings.settings) and settings.settings or vim.empty_dict()
  return {
    name = 'tiro',
    cmd = { path or settings.server.path, 'lsp' },
    root_markers = settings.server.root_markers,
    workspace_required = true,
    init_options = {
      tiro = { events = true, saveDocuments = true, diagnostics = true, context = true, config = config },
    },
    handlers = handlers(),
    on_init = function(client, result)
      require('tiro.session').on_init(client, result)
    end,
    on_exit = function(code, signal, client_id)
      require('tiro.session').on_exit(client_id, code, signal)
    end,
  }
end

--- The root of the project that a buffer belongs to; that of the current
--- directory for a buffer that is no file.
---@param buffer integer
---@return string
function M.root(buffer)
  local name = vim.api.nvim_buf_get_name(buffer)
  local is_file = buffers.is_file(buffer)
  local from = is_file and name or assert(vim.uv.cwd())
  local directory = is_file and vim.fs.dirname(name) or from
  -- A file of a folder that is not there yet has the nearest that is.
  while not vim.uv.fs_stat(directory) and vim.fs.dirname(directory) ~= directory do
    directory = vim.fs.dirname(directory)
  end
  local root = vim.fs.root(directory, options.get().server.root_markers)
  root = root or (is_file and directory) or from
  return vim.uv.fs_realpath(root) or root
end

---@param root string
---@param path string
---@return boolean
local function is_below(root, path)
  path = vim.uv.fs_realpath(path) or path
  return path == root or vim.startswith(path, root == '/' and root or root .. '/')
end

---@param client_id integer
---@param root string
local function attach(client_id, root, buffer)
  if buffers.is_file(buffer) and is_below(root, vim.api.nvim_buf_get_name(buffer)) then
    vim.lsp.buf_attach_client(buffer, client_id)
  end
end

--- Tells the server of every file below its root, those that come too.
---@param client_id integer
---@param root string
function M.attach_all(client_id, root)
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    attach(client_id, root, buffer)
  end
  local group = vim.api.nvim_create_augroup('tiro.attach.' .. client_id, {})
  vim.api.nvim_create_autocmd({ 'BufReadPost', 'BufNewFile', 'BufFilePost', 'BufWritePost' }, {
    group = group,
    callback = function(event)
      -- After the file type is known.
      vim.schedule(function()
        if vim.lsp.get_client_by_id(client_id) and vim.api.nvim_buf_is_valid(event.buf) then
          attach(client_id, root, event.buf)
        end
      end)
    end,
  })
end

---@param client_id integer
function M.detach_all(client_id)
  pcall(vim.api.nvim_del_augroup_by_name, 'tiro.attach.' .. client_id)
end

--- Keeps from Neovim how the server ended: it would say so too, in a line so long that
--- it waits for a key while the person types. What `on_exit` is told stays as it was.
---@param config vim.lsp.ClientConfig
local function say_end_once(config)
  local start, on_exit = config.cmd, config.on_exit
  local ended = { 0, 0 }
  config.cmd = function(dispatchers)
    local exit = dispatchers.on_exit
    dispatchers = vim.tbl_extend('force', dispatchers, {
      on_exit = function(code, signal)
        ended = { code, signal }
        exit(0, 0)
      end,
    })
    return type(start) == 'table' and vim.lsp.rpc.start(start, dispatchers) or start(dispatchers)
  end
  config.on_exit = function(_, _, client_id)
    on_exit(ended[1], ended[2], client_id)
  end
end

--- Starts the server for a root. It answers later, see tiro.session.
---@param root string
---@return integer? client_id
---@return string? problem
function M.start(root)
  local path, problem = binary.find()
  if not path then
    return nil, problem
  end
  local config = vim.tbl_extend('error', M.config(path), {
    root_dir = root,
    workspace_folders = { { uri = vim.uri_from_fname(root), name = vim.fs.basename(root) } },
    capabilities = vim.lsp.protocol.make_client_capabilities(),
  })
  say_end_once(config)
  local client_id
  if vim.fn.has('nvim-0.11') == 1 then
    client_id = vim.lsp.start(config, { attach = false, silent = true })
  else
    client_id = vim.lsp.start_client(config)
  end
  if not client_id then
    return nil, ('%s could not be started: see :Tiro log'):format(path)
  end
  return client_id, nil
end

return M
