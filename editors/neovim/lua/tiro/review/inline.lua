--- Proposed hunks in the buffers that they are about: what goes away is marked, what
--- comes is shown below it as virtual lines. The text itself is not touched.

local buffers = require('tiro.buffers')
require('tiro.highlight')

local M = {}

local namespace = vim.api.nvim_create_namespace('tiro.review')

--- Marks by buffer: `proposal/hunk` to the mark.
local marks = {} ---@type table<integer, table<string, integer>>

---@param place tiro.Place
---@return string
local function key(place)
  return place.proposal .. '/' .. place.hunk.id
end

---@param place tiro.Place
---@return string
local function hint(place)
  local hunk, file = place.hunk, place.file
  if hunk.state == 'conflict' then
    return 'tiro: conflict: ' .. (hunk.reason or 'the lines were changed')
  elseif hunk.state == 'accepted' then
    return 'tiro: accepted, applied when the rest is decided'
  elseif file.kind == 'delete' then
    return 'tiro: delete this file?'
  elseif file.move_path and #hunk.inserted_lines + #hunk.deleted_lines == 0 then
    return 'tiro: move to ' .. file.move_path .. '?'
  elseif file.kind == 'add' then
    return 'tiro: new file?'
  end
  return ''
end

---@param buffer integer
---@param place tiro.Place
local function draw_hunk(buffer, place)
  local hunk = place.hunk
  local count = vim.api.nvim_buf_line_count(buffer)
  local first = math.min(math.max(hunk.orig_index - 1, 0), count)
  local virtual = vim.tbl_map(function(line)
    -- A tab is as wide as it would be in the text.
    local shown = line:gsub('\t', (' '):rep(vim.bo[buffer].tabstop))
    return { { shown .. ' ', hunk.state == 'conflict' and 'TiroConflict' or 'TiroAdded' } }
  end, hunk.inserted_lines)
  local text = hint(place)
  if text ~= '' then
    table.insert(virtual, 1, { { text, 'TiroHint' } })
  end
  local deleted = hunk.state == 'conflict' and 0 or #hunk.deleted_lines
  if deleted > 0 and first < count then
    vim.api.nvim_buf_set_extmark(buffer, namespace, first, 0, {
      end_row = math.min(first + deleted, count),
      end_col = 0,
      hl_group = 'TiroDeleted',
      hl_eol = true,
      priority = 150,
      strict = false,
    })
  end
  -- Added lines stand below those that they replace, or above the line that they go before.
  local is_above = deleted == 0
  local row = is_above and first or first + deleted - 1
  if row >= count then
    row, is_above = count - 1, false
  end
  vim.api.nvim_buf_set_extmark(buffer, namespace, row, 0, {
    virt_lines = virtual,
    virt_lines_above = is_above,
    priority = 150,
  })
end

--- Remembers where a hunk is, which moves with what is typed.
---@param buffer integer
---@param place tiro.Place
local function mark_hunk(buffer, place)
  local last = vim.api.nvim_buf_line_count(buffer) - 1
  local row = math.min(math.max(place.hunk.orig_index - 1, 0), last)
  marks[buffer][key(place)] =
    vim.api.nvim_buf_set_extmark(buffer, namespace, row, 0, { right_gravity = false })
end

--- Draws what is undecided, and what is accepted and not yet applied, in every buffer of a
--- session that is loaded.
---@param session tiro.Session
function M.draw(session)
  local review = require('tiro.review')
  for buffer in pairs(marks) do
    if not vim.api.nvim_buf_is_valid(buffer) then
      marks[buffer] = nil
    elseif vim.b[buffer].tiro_reviewed == session.root then
      vim.api.nvim_buf_clear_namespace(buffer, namespace, 0, -1)
      marks[buffer] = nil
      vim.b[buffer].tiro_reviewed = nil
    end
  end
  local known = {} ---@type table<string, integer|false>
  for _, place in ipairs(vim.list_extend(review.places(session), review.accepted(session))) do
    local path = place.file.path
    if known[path] == nil then
      known[path] = buffers.of_path(path) or false
    end
    local buffer = known[path]
    if buffer then
      marks[buffer] = marks[buffer] or {}
      vim.b[buffer].tiro_reviewed = session.root
      mark_hunk(buffer, place)
      if not vim.b[buffer].tiro_compared then
        draw_hunk(buffer, place)
      end
    end
  end
end

--- The line (1-based) at which a hunk is now.
---@param buffer integer
---@param place tiro.Place
---@return integer?
function M.line_of(buffer, place)
  local mark = marks[buffer] and marks[buffer][key(place)]
  local at = mark and vim.api.nvim_buf_get_extmark_by_id(buffer, namespace, mark, {})
  return at and at[1] and at[1] + 1 or nil
end

--- Files that are opened while something is proposed for them.
vim.api.nvim_create_autocmd('BufReadPost', {
  group = vim.api.nvim_create_augroup('tiro.review', {}),
  callback = function()
    vim.schedule(function()
      for _, session in ipairs(require('tiro.session').all()) do
        if next(session.proposals) then
          M.draw(session)
        end
      end
    end)
  end,
})

return M
