--- The highlight groups, each linked to one that every colour scheme has.

local groups = {
  TiroAdded = 'DiffAdd',
  TiroDeleted = 'DiffDelete',
  TiroConflict = 'DiffChange',
  TiroHint = 'Comment',
  TiroCommand = 'String',
  TiroKey = 'Special',
}

local function define()
  for name, link in pairs(groups) do
    vim.api.nvim_set_hl(0, name, { link = link, default = true })
  end
end

define()
vim.api.nvim_create_autocmd('ColorScheme', {
  group = vim.api.nvim_create_augroup('tiro.highlight', {}),
  callback = define,
})

return groups
