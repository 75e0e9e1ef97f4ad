"""The emulator's own routes for events and their deliveries."""

from aiohttp import web

from ens_provider.emulator.admin_answers import RefusedError, answering, require_fields
from ens_provider.emulator.event_requests import changed_trouble, event_request
from ens_provider.emulator.service import Service
from ens_provider.emulator.trouble import TROUBLE_FIELDS, Trouble


def event_routes(service: Service) -> list[web.RouteDef]:
    """Return the routes; none of their requests is in the call log, but each delivery is."""
    routes = _EventRoutes(service)
    return [
        web.route(method, f"/_emulator/{name}", answering(handler))
        for method, name, handler in (
            ("POST", "events", routes.let_happen),
            ("GET", "deliveries", routes.deliveries),
            ("DELETE", "deliveries", routes.clear_deliveries),
            ("POST", "deliveries/retry", routes.retry_deliveries),
            ("GET", "trouble", routes.trouble),
            ("PUT", "trouble", routes.set_trouble),
            ("DELETE", "trouble", routes.lift_trouble),
        )
    ]


class _EventRoutes:
    def __init__(self, service: Service) -> None:
        self._service = service

    async def let_happen(self, body: object) -> object:
        request = event_request(body, trouble=self._service.dispatcher.trouble)
        units = self._service.business_units()
        return (await self._service.dispatcher.dispatch(request, units=units)).shown()

    def deliveries(self, _body: object) -> object:
        return self._service.dispatcher.log.as_list()

    def clear_deliveries(self, _body: object) -> object:
        self._service.dispatcher.clear()
        return {}

    async def retry_deliveries(self, _body: object) -> object:
        tried = await self._service.dispatcher.courier.retry()
        return {"deliveries": [delivery.shown() for delivery in tried]}

    def trouble(self, _body: object) -> object:
        return self._service.dispatcher.trouble.shown()

    def set_trouble(self, body: object) -> object:
        if not isinstance(body, dict):
            raise RefusedError("The request body is an object.")
        require_fields(body, TROUBLE_FIELDS, what="Trouble")
        self._service.dispatcher.trouble = changed_trouble(Trouble(), body)
        return self.trouble(None)

    def lift_trouble(self, _body: object) -> object:
        self._service.dispatcher.trouble = Trouble()
        return self.trouble(None)
