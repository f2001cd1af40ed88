-- What a person does in Neovim: opens a file, looks, answers, chooses. A job's
-- script begins with `local person = dofile(...)`. The set-up is that of the page,
-- copied. Any error ends Neovim with a status other than 0.

local M = { asked = {}, told = {}, shown = {} }

-- How dialogs are answered: the title, or nil to dismiss. A job may set another.
M.answer = function(_, titles)
  return titles[1]
end

---@param what string
---@param holds fun(): any
function M.wait_for(what, holds)
  local found
  local function look()
    found = holds()
    return found
  end
  if not vim.wait(60000, look, 10) then
    error(('waited in vain for %s; %s'):format(what, vim.inspect({ asked = M.asked, told = M.told, shown = M.shown })))
  end
  return found
end

-- Tells the test how far it is.
function M.say(point)
  io.stdout:write(point, '\n')
  io.stdout:flush()
end

vim.ui.select = function(items, options, choose)
  local titles = vim.tbl_map(options.format_item or tostring, items)
  table.insert(M.asked, { prompt = options.prompt, titles = titles, kind = options.kind })
  local title = M.answer(options.prompt or '', titles, options.kind)
  for index, candidate in ipairs(titles) do
    if candidate == title then
      return choose(items[index], index)
    end
  end
  choose(nil, nil)
end

-- What Neovim has for these, with a look at what goes through.
for method, seen in pairs({ ['window/showMessage'] = M.told, ['window/showDocument'] = M.shown }) do
  local original = vim.lsp.handlers[method]
  vim.lsp.handlers[method] = function(err, params, ctx)
    table.insert(seen, params.message or params.uri)
    return original(err, params, ctx)
  end
end

---@param name string
---@return integer buffer
function M.open(name)
  vim.cmd.edit(vim.fs.joinpath(assert(vim.uv.cwd()), name))
  M.client = M.wait_for('the server', function()
    local client = vim.lsp.get_clients({ name = 'tiro', bufnr = 0 })[1]
    return client and client.initialized and client
  end)
  return vim.api.nvim_get_current_buf()
end

function M.text(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, true), '\n')
end

function M.contains(list, words)
  for _, entry in ipairs(list) do
    if entry:find(words, 1, true) then
      return entry
    end
  end
end

-- The text of the document that was shown and has these words.
function M.shown_with(words)
  for _, uri in ipairs(M.shown) do
    local text = M.text(vim.uri_to_bufnr(uri))
    if text:find(words, 1, true) then
      return text
    end
  end
end

-- The titles of the code actions at the cursor, of Tiro alone.
function M.offered()
  local params = vim.lsp.util.make_range_params(0, M.client.offset_encoding)
  params.context = { diagnostics = vim.lsp.diagnostic.from(vim.diagnostic.get(0, { lnum = vim.fn.line('.') - 1 })) }
  local answer = assert(M.client:request_sync('textDocument/codeAction', params, 60000, 0))
  return vim.tbl_map(function(action)
    return action.title
  end, answer.result or {})
end

-- Waits until a code action with these words is offered at the cursor, and takes it.
function M.act(words)
  local title = M.wait_for('the code action ' .. words, function()
    return M.contains(M.offered(), words)
  end)
  local before, answer, chosen = M.answer, M.answer, false
  M.answer = function(prompt, titles, kind)
    if kind ~= 'codeaction' then
      return answer(prompt, titles, kind)
    end
    M.answer, chosen = before, true
    return title
  end
  -- With one action only Neovim asks all the same, unless told to apply it.
  vim.lsp.buf.code_action()
  M.wait_for('the menu with ' .. title, function()
    return chosen
  end)
end

function M.leave()
  M.client:stop()
  M.wait_for('the end of the server', function()
    return M.client:is_stopped()
  end)
  vim.cmd('qall!')
end

dofile(vim.env.TIRO_SET_UP)
return M
