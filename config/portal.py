"""The members' portal: pages of members and of rewards under one name."""

import members.urls
import rewards.urls

app_name = "portal"
urlpatterns = [*members.urls.urlpatterns, *rewards.urls.urlpatterns]
