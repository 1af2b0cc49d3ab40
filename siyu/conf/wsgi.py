import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siyu.conf.settings")
house = get_wsgi_application()

import siyu.conf.urls  # noqa: E402, F401  all pages now, and not when the first is asked for
from siyu.interfaces.api.ingest.standing import Doors  # noqa: E402  models are known by now
from siyu.interfaces.pages.linking.door import Redirects  # noqa: E402

application = Doors(Redirects(house))
