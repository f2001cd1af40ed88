--- The version of this plugin, which is that of the server it was made with.

return '0.1.0'
