--- A file beside what it would be: Neovim's own diff mode in a tab.

local buffers = require('tiro.buffers')

local M = {}

--- The lines of a text with the hunks of a file taken.
---@param lines string[]
---@param hunks tiro.Hunk[] that fit
---@return string[]
function M.applied(lines, hunks)
  local result = vim.deepcopy(lines)
  local order = vim.deepcopy(hunks)
  table.sort(order, function(a, b)
    return a.orig_index > b.orig_index
  end)
  for _, hunk in ipairs(order) do
    local first = hunk.orig_index
    for _ = 1, #hunk.deleted_lines do
      table.remove(result, first)
    end
    for index, line in ipairs(hunk.inserted_lines) do
      table.insert(result, first + index - 1, line)
    end
  end
  return result
end

--- Compares the file of the current buffer, or of the first proposal.
---@param session tiro.Session
function M.open(session)
  local review = require('tiro.review')
  local places = review.places(session)
  local current = vim.api.nvim_get_current_buf()
  local path
  for _, place in ipairs(places) do
    if buffers.of_path(place.file.path) == current then
      path = place.file.path
    end
  end
  path = path or (places[1] and places[1].file.path)
  if not path then
    return require('tiro.session').notify('there are no proposed changes')
  end
  local hunks, kind = {}, 'update'
  for _, place in ipairs(vim.list_extend(places, review.accepted(session))) do
    if place.file.path == path and place.hunk.state ~= 'conflict' then
      table.insert(hunks, place.hunk)
      kind = place.file.kind
    end
  end
  vim.cmd('tab split')
  if kind == 'add' and not vim.uv.fs_stat(path) then
    vim.cmd('enew')
    vim.bo.bufhidden = 'wipe'
  else
    vim.cmd.edit(vim.fn.fnameescape(path))
  end
  local buffer = vim.api.nvim_get_current_buf()
  local lines = vim.api.nvim_buf_get_lines(buffer, 0, -1, true)
  local proposed = kind == 'add' and hunks[1] and hunks[1].inserted_lines or M.applied(lines, hunks)
  vim.cmd.diffthis()
  local name = 'proposed/' .. vim.fs.basename(path)
  local other = buffers.show('rightbelow vnew', name, proposed, session.root)
  vim.bo[other].filetype = vim.bo[buffer].filetype
  vim.cmd.diffthis()
  vim.cmd('wincmd p')
  -- Lines that are not in the text would move the two apart.
  vim.b[buffer].tiro_compared = true
  require('tiro.review').changed(session)
  vim.api.nvim_create_autocmd('BufWipeout', {
    buffer = other,
    callback = vim.schedule_wrap(function()
      if vim.api.nvim_buf_is_valid(buffer) then
        vim.b[buffer].tiro_compared = nil
        require('tiro.review').changed(session)
      end
    end),
  })
end

return M
