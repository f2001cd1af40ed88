--- The hunks that are proposed: which there are, where they are now, and deciding
--- about them. How they look is in tiro.review.inline.

local buffers = require('tiro.buffers')

local M = {}

---@class tiro.Place
---@field proposal string id
---@field hunk tiro.Hunk
---@field file tiro.ProposalFile

---@param session tiro.Session
---@param states table<string, boolean>
---@return tiro.Place[] in no order
local function in_states(session, states)
  local places = {} ---@type tiro.Place[]
  for id, proposal in pairs(session.proposals) do
    for _, file in ipairs(proposal.files) do
      for _, hunk in ipairs(file.hunks) do
        if states[hunk.state] then
          table.insert(places, { proposal = id, hunk = hunk, file = file })
        end
      end
    end
  end
  return places
end

---@param places tiro.Place[]
---@return tiro.Place[] by file and line
local function sorted(places)
  table.sort(places, function(a, b)
    if a.file.path ~= b.file.path then
      return a.file.path < b.file.path
    elseif a.hunk.orig_index ~= b.hunk.orig_index then
      return a.hunk.orig_index < b.hunk.orig_index
    end
    return a.proposal .. a.hunk.id < b.proposal .. b.hunk.id
  end)
  return places
end

local undecided = { pending = true, conflict = true }

---@param session tiro.Session
---@return tiro.Place[] what is undecided, by file and line
function M.places(session)
  return sorted(in_states(session, undecided))
end

---@param session tiro.Session
---@return tiro.Place[] what is accepted, and applied when the rest of its patch is decided
function M.accepted(session)
  return sorted(in_states(session, { accepted = true }))
end

---@param session tiro.Session
---@return integer how much is undecided
function M.count(session)
  return #in_states(session, undecided)
end

--- The proposals changed.
---@param session tiro.Session
function M.changed(session)
  if require('tiro.config').get().review.inline then
    require('tiro.review.inline').draw(session)
  end
end

--- The line (1-based) at which a hunk is now: its mark moves with what is typed.
---@param place tiro.Place
---@return integer
local function line_of(place)
  local buffer = buffers.of_path(place.file.path)
  local line = buffer and require('tiro.review.inline').line_of(buffer, place)
  return line or math.max(place.hunk.orig_index, 1)
end

--- What is undecided in these lines of a buffer.
---@param session tiro.Session
---@param buffer integer
---@param first integer 1-based
---@param last integer
---@return tiro.Place[]
function M.within(session, buffer, first, last)
  local found = {}
  local total = vim.api.nvim_buf_line_count(buffer)
  for _, place in ipairs(M.places(session)) do
    if buffers.of_path(place.file.path) == buffer then
      local from = math.min(line_of(place), total)
      local to = from + math.max(#place.hunk.deleted_lines, 1) - 1
      if from <= last and to >= first then
        table.insert(found, place)
      end
    end
  end
  return found
end

--- Decides about several hunks: about all of them, or none.
---@param session tiro.Session
---@param places tiro.Place[]
---@param accept boolean
function M.decide(session, places, accept)
  if #places == 0 then
    return require('tiro.session').notify('no proposed change is there')
  end
  local hunks = {} ---@type table<string, string[]>
  for _, place in ipairs(places) do
    hunks[place.proposal] = hunks[place.proposal] or {}
    table.insert(hunks[place.proposal], place.hunk.id)
  end
  session:request('decideHunks', { [accept and 'accept' or 'reject'] = hunks })
end

---@param place tiro.Place
local function go(place)
  local buffer = buffers.of_path(place.file.path)
  if buffer then
    if vim.api.nvim_get_current_buf() ~= buffer then
      local window = vim.fn.bufwinid(buffer)
      if window ~= -1 then
        vim.api.nvim_set_current_win(window)
      else
        M.leave_own()
        vim.cmd.buffer(buffer)
      end
    end
  else
    M.leave_own()
    vim.cmd.edit(vim.fn.fnameescape(place.file.path))
    buffer = vim.api.nvim_get_current_buf()
  end
  local line = math.min(math.max(line_of(place), 1), vim.api.nvim_buf_line_count(buffer))
  vim.cmd("normal! m'")
  vim.api.nvim_win_set_cursor(0, { line, 0 })
end

--- Out of a window of Tiro's own, to one that shows files.
function M.leave_own()
  if vim.bo.buftype == '' then
    return
  end
  for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
    if vim.bo[vim.api.nvim_win_get_buf(window)].buftype == '' then
      return vim.api.nvim_set_current_win(window)
    end
  end
  vim.cmd('topleft vnew')
end

--- To the next undecided hunk, or the one before; over all files, around the end.
---@param session tiro.Session
---@param step 1|-1
function M.jump(session, step)
  local places = M.places(session)
  if #places == 0 then
    return require('tiro.session').notify('there are no proposed changes')
  end
  local buffer = vim.api.nvim_get_current_buf()
  local name = vim.api.nvim_buf_get_name(buffer)
  name = name ~= '' and (vim.uv.fs_realpath(name) or name) or ''
  local row = vim.api.nvim_win_get_cursor(0)[1]
  local total = vim.api.nvim_buf_line_count(buffer)
  local from, to, by = 1, #places, 1
  if step < 0 then
    from, to, by = #places, 1, -1
  end
  for index = from, to, by do
    local path = places[index].file.path
    local line = path == name and math.min(line_of(places[index]), total) or 0
    local is_beyond = path == name and (line - row) * step > 0
    local is_other = path ~= name and (step > 0 and path > name or step < 0 and path < name)
    if is_beyond or is_other then
      return go(places[index])
    end
  end
  go(places[from])
end

--- All undecided hunks in the quickfix list.
---@param session tiro.Session
function M.quickfix(session)
  local items = {}
  for _, place in ipairs(M.places(session)) do
    local hunk = place.hunk
    local what = hunk.state == 'conflict' and 'conflict: ' .. (hunk.reason or '')
      or vim.trim(hunk.inserted_lines[1] or hunk.deleted_lines[1] or place.file.kind)
    table.insert(items, {
      filename = place.file.path,
      lnum = line_of(place),
      text = ('+%d -%d %s'):format(#hunk.inserted_lines, #hunk.deleted_lines, what),
      type = hunk.state == 'conflict' and 'W' or 'I',
    })
  end
  if #items == 0 then
    return require('tiro.session').notify('there are no proposed changes')
  end
  vim.fn.setqflist({}, ' ', { title = 'Tiro: proposed changes', items = items })
  vim.cmd('botright copen')
end

return M
