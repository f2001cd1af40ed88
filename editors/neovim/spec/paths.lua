-- Lets this Neovim find busted and luacheck in TIRO_BUSTED, and the specs' own modules.
-- Gives the directory of the plugin.

local busted = assert(vim.env.TIRO_BUSTED, 'TIRO_BUSTED: the directory with busted in it')
local here = vim.fs.dirname(vim.uv.fs_realpath(debug.getinfo(1, 'S').source:sub(2)))
local plugin = vim.fs.dirname(here)
local lua = busted .. '/usr/share/lua/5.1'
package.path = ('%s/?.lua;%s/?/init.lua;%s/?.lua;%s'):format(lua, lua, here, package.path)
local libraries = vim.fn.glob(busted .. '/usr/lib/*/lua/5.1', false, true)
package.cpath = ('%s/?.so;%s'):format(libraries[1] or busted, package.cpath)
return plugin
